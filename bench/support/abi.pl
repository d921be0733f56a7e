#!/usr/bin/env perl
# Whether a program that was compiled with one nbmap.h works with the library of an older one.
#
# Usage: abi.pl OLD NEW FUNCTION...    OLD, NEW: the headers; FUNCTION: what the program calls
#
# A program of NEW tells OLD's library what OLD's header says, if
#
#   each struct and enum of OLD is in NEW, and NEW only adds members after OLD's, or in the place of its last member
#	`reserved`, and is not smaller: then the old library reads and writes the beginning of what the program holds,
#	and nothing beyond.  What the program leaves zero of the new members says nothing to the old library;
#   each constant of OLD that NEW has is the same, and nbmap_int() makes the same values;
#   each FUNCTION that OLD has is declared alike.
#
# A FUNCTION that OLD lacks is the caller's matter.  Members are compared as text, so a new name of a member is a
# difference, too.  Prints what differs.  Needs a compiler: $CC, or cc.  Exit status: 0 nothing; 1 something; 2 bad
# usage.
use strict;
use warnings;
use File::Spec;
use File::Temp qw(tempdir);

# The header's text without comments, and with no line that goes on in the next.
sub text_of
{
	my ($path) = @_;

	open my $in, '<', $path or do { print STDERR "abi.pl: $path: $!\n"; exit 2; };
	local $/;
	my $text = <$in>;

	return $text =~ s{/\*.*?\*/}{ }gsr =~ s/\\\n/ /gr;
}

sub plain
{
	my ($text) = @_;

	return $text =~ s/\s+/ /gr =~ s/^ | $//gr;
}

# Of each struct and enum the members, in order.
sub layouts
{
	my ($text) = @_;
	my %members;

	while ($text =~ /\b((?:struct|enum)\s+\w+)\s*(\{(?:[^{}]|(?2))*\})\s*;/g) {
		my ($name, $body) = (plain($1), substr $2, 1, -1);

		$members{$name} = [grep { $_ ne '' } map { plain($_) } split $name =~ /^enum/ ? ',' : ';', $body];
	}
	return \%members;
}

# Versions are to differ; what has arguments or attributes is no constant.
sub constants
{
	my ($text) = @_;

	return {map { /^#define\s+(NBMAP_\w+)[ \t]+(\S.*)$/ && $1 !~ /VERSION/ && $2 !~ /__attribute__/
		? ($1 => plain($2)) : () } split /\n/, $text};
}

sub functions
{
	my ($text) = @_;

	return {map { $_->[1] => $_->[0] } map { /\b(nbmap_\w+)\s*\(/ ? [plain($_), $1] : () }
		$text =~ /\bNBMAP_API\b([^;{}]*);/g};
}

# probe(HEADER, STRUCT...): the sizes of the structs, and some of nbmap_int()'s values.
sub probe
{
	my ($header, @structs) = @_;
	my $work = tempdir(CLEANUP => 1);

	open my $to, '>', "$work/probe.c" or do { print STDERR "abi.pl: $work: $!\n"; exit 2; };
	print $to qq(#include "@{[File::Spec->rel2abs($header)]}"\n#include <stdio.h>\nint main(void)\n{\n);
	print $to qq(\tprintf("%zu\\n", sizeof($_));\n) for @structs;
	print $to qq(\tprintf("%p %p %p\\n", nbmap_int(0), nbmap_int(5), nbmap_int(NBMAP_INT_MAX));\n}\n);
	close $to;
	system($ENV{CC} // 'cc', '-std=c11', '-o', "$work/probe", "$work/probe.c") == 0
		or do { print STDERR "abi.pl: cannot compile with $header\n"; exit 2; };
	return split /\n/, qx("$work/probe");
}

@ARGV >= 2 or do { print STDERR "usage: abi.pl OLD NEW FUNCTION...\n"; exit 2; };

my @headers = splice @ARGV, 0, 2;
my ($old, $new) = map { text_of($_) } @headers;
my @differ;

my ($theirs, $ours) = map { layouts($_) } $old, $new;
for my $name (sort keys %$theirs) {
	my @wanted = @{$theirs->{$name}};
	my @has = @{$ours->{$name} // []};

	pop @wanted if @wanted && $wanted[-1] =~ /\breserved\b/;
	push @differ, $name if @has < @wanted || "@wanted" ne "@has[0 .. $#wanted]";
}

# Those that one of the headers lacks are told already.
my @both = grep { /^struct/ && $ours->{$_} } sort keys %$theirs;
my @before = probe($headers[0], @both);
my @after = probe($headers[1], @both);

push @differ, map { "the size of $both[$_]" } grep { $after[$_] < $before[$_] } 0 .. $#both;
push @differ, 'nbmap_int()' if $before[-1] ne $after[-1];
($theirs, $ours) = map { constants($_) } $old, $new;
push @differ, grep { defined $ours->{$_} && $ours->{$_} ne $theirs->{$_} } sort keys %$theirs;
($theirs, $ours) = map { functions($_) } $old, $new;
push @differ, map { "$_()" } grep { defined $theirs->{$_} && $theirs->{$_} ne ($ours->{$_} // '') } @ARGV;

print "$_\n" for @differ;
exit(@differ ? 1 : 0);
