#!/usr/bin/env perl
# The manual pages: what include/nbmap.h says, and what pages/ adds by hand.
#
# A page is made of three things:
#
#   pages/NAME       which declarations of the header the page is for, in which order, and what the header does not
#                    say: a first paragraph, ordering, ownership
#   nbmap.h          the prototypes, structures and macros; the comments, as text; the section and the errors of each
#                    call, which the comments name
#   examples/NAME.c  the example: the part between its marks.  The tests compile and run it.
#
# So what the header says stands nowhere else, and a page cannot say something else.  The generator stops, and names
# what is missing, if
#
#   - a public name of the header has no page, or two
#   - a comment of the header is on no page
#   - a call's section is neither in the header nor on its page
#   - a page describes an error that the header does not name, or an error has no description
#
# README.md has the language of pages/, which is that of the header's comments.
#
# Usage: generate.pl [--check] [--names] [--header FILE] [--into DIRECTORY]
#   --check   write nothing; fail if a page in DIRECTORY differs, is missing, or is one too many
#   --names   print the header's public names instead, one a line
use strict;
use warnings;

my $here;
BEGIN { $here = $0 =~ m{^(.*)/} ? $1 : '.' }
use lib "$here/generator";
use Base;
use Header;
use Calls;
use Mdoc;
use Page;

my $header = "$here/../../include/nbmap.h";
my $into = $here;
my ($check, $print_names);
while (@ARGV) {
	my $option = shift @ARGV;
	if ($option eq '--check') { $check = 1 }
	elsif ($option eq '--names') { $print_names = 1 }
	elsif ($option eq '--header' && @ARGV) { $header = shift @ARGV }
	elsif ($option eq '--into' && @ARGV) { $into = shift @ARGV }
	else { die "usage: generate.pl [--check] [--names] [--header FILE] [--into DIRECTORY]\n" }
}

$Page::here = $here;
# That of the last release, or of the change that the next one has in them.
$Page::day = 'November 26, 2026';

parse_header($header);
if ($print_names) {
	print "$_\n" for sort keys %blocks_of;
	exit 0;
}
digest_all();

my @pages = map { parse_page($_) } names_in("$here/pages", qr/^nbmap\w*$/);
resolve($_) for @pages;
find_places(@pages);
for my $parsed (@pages) {
	$parsed->{all} = \@pages;
	my $is_here = sub { return !$_[0]{forward} && ($page_of{$_[0]{name}} // 0) == $parsed };
	($parsed->{first}) = grep { grep { $is_here->($_) } @{$blocks[$_]{decls}} } 0 .. $#blocks;
}

for my $name (sort keys %blocks_of) {
	problem("$name has no page: name it in one of doc/man/pages/ (see doc/man/README.md)") unless $page_of{$name};
}
for my $block (@blocks) {
	my @decls = @{$block->{decls}};
	next if $block->{used} || !@{$block->{comment}} || (@decls && !grep { !$_->{claimed} } @decls);
	problem("the comment in line $block->{line} of the header is on no page");
}

my %written = map { ("man$_->{man}/$_->{name}.$_->{man}" => write_page($_)) } @pages;
exit 1 if problems();

my %there;
for my $section (3, 7) { $there{"man$section/$_"} = 1 for names_in("$into/man$section", qr/\.$section$/) }
for my $name (sort keys %written) {
	my $old = delete $there{$name} ? read_file("$into/$name") : undef;
	next if defined $old && $old eq $written{$name};
	if ($check) {
		problem("$name " . (defined $old ? 'is not what the header says' : 'is missing') . ': run doc/man/generate.pl');
	} else {
		open my $file, '>', "$into/$name" or die "$into/$name: $!\n";
		print $file $written{$name};
		close $file or die "$into/$name: $!\n";
	}
}
for my $name (sort keys %there) {
	if ($check) { problem("$name is no page: run doc/man/generate.pl") }
	else { unlink "$into/$name" or die "$into/$name: $!\n" }
}
exit(problems() ? 1 : 0);
