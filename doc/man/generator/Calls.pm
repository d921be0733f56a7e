# What the header's comments say of each call for a machine to find: its section, and its errors.
package Calls;
use strict;
use warnings;
use Exporter 'import';
use Comment;
use Header;
our @EXPORT = qw(%calls %general digest_all errors_of markers_of);

our %general; # error -> what the header's first comment says of it
our %calls;   # name -> {decl, markers, errors: name -> text or undef, like: names of calls}

# `name` with or without nbmap_ and (): the call's full name, if it is one.
sub call_name
{
	my ($name) = @_;
	$name =~ s/\(\)$//;
	return exists $calls{$name} ? $name : exists $calls{"nbmap_$name"} ? "nbmap_$name" : undef;
}

my $marker = qr/\[(section|outside|anywhere)\]/;
my $an_error = qr/-E[A-Z0-9]+/;

sub mark
{
	my ($where, @names) = @_;
	$calls{$_}{markers}{$where} = 1 for @names;
}

# The calls have the error; what it means, where that is said.
sub note_error
{
	my ($names, $error, $text) = @_;
	for my $errors (map { $calls{$_}{errors} } @$names) {
		$errors->{$error} = $text if !exists $errors->{$error} || (defined $text && !defined $errors->{$error});
	}
}

# Take the section out of a sentence on the calls of a block; what remains.
sub take_section
{
	my ($block, $sentence, @all) = @_;

	# `nbmap_hash(): [anywhere]; the others: [section]'
	if ($sentence =~ /^(?:[\w(), ]+:\s*$marker[;.,]?\s*)+$/) {
		my %rest = map { $_ => 1 } @all;
		while ($sentence =~ /([\w(), ]+):\s*$marker/g) {
			my ($who, $where) = ($1, $2);
			my @names = grep { defined } map { call_name($_) } $who =~ /\w+/g;
			@names = sort keys %rest unless @names;
			delete @rest{@names};
			mark($where, @names);
		}
		return '';
	}
	# `[anywhere]; by a registered thread'
	if ($sentence =~ /^$marker;\s+(?!-E|errors? of)(\S.*?)\.?$/i) {
		mark($1, @all);
		$block->{remark} = $2;
		return '';
	}
	# Not where it is a word of the sentence: `a [section] call'.
	mark($1, @all) while $sentence =~ s/(?:^|\s+)$marker(?!\s+(?:call|function|one)s?\b)[.,;]?(?=\s|$)//;
	return $sentence =~ s/^\s+//r;
}

# Take the errors out of a paragraph on some calls; the sentences that remain.
sub take_errors
{
	my ($all, @sentences) = @_;
	my (@kept, $last);
	for my $sentence (@sentences) {
		my @names = @$all;
		while ($sentence =~ /\berrors?\s+(?:of|as|like)\s+(?:an?\s+)?`?(\w+)/gi) {
			my $like = call_name($1);
			push @{$calls{$_}{like}}, $like for defined $like ? @names : ();
		}
		# `after_fork_child: -EAGAIN'
		if ($sentence =~ /^(\w+)(?:\(\))?:\s+(?=$an_error)/ && defined(my $one = call_name($1))) {
			@names = ($one);
			$sentence =~ s/^\S+\s+//;
		}
		$sentence =~ s/^(?:errors|returns|answers):?\s+(?=$an_error)//i;
		if ($sentence =~ /^(?:$an_error|errors? of\b)/i) {
			my ($own, @more) = split /(?:[,;.]\s+(?:and\s+)?|\s+and\s+)(?=$an_error)/, $sentence;
			if ($own =~ /^-E/) { unshift @more, $own }
			elsif ($own =~ s/^errors? of [\w() ]+//ir =~ /\w/) { push @kept, $sentence }
			undef $last;
			for (@more) {
				my ($error, $text) = /^($an_error)[\s:]*(.*?)[,;.]?$/;
				$text = $1 if $text =~ /^\(([^()]*)\)$/;
				$last = [\@names, $error, $text eq '' ? undef : $text];
				note_error(@$last);
			}
		} elsif ($last && defined $last->[2]) {
			$last->[2] .= ". $sentence" =~ s/\.$//r;
			$calls{$_}{errors}{$last->[1]} = $last->[2] for @{$last->[0]};
		} else {
			push @kept, $sentence;
			note_error(\@names, $_, undef) for $sentence =~ /(?:^|[\s(,:;])($an_error)/g;
		}
	}
	return @kept;
}

# Take the section and the errors out of a block's comment; the chunks that remain are its text.
sub digest
{
	my ($block) = @_;
	my @all = map { $_->{name} } functions($block);
	for my $chunk (chunks(@{$block->{comment}})) {
		if (@all && defined $chunk->{para}) {
			my @sentences = grep { /\w/ } map { take_section($block, $_, @all) } sentences($chunk->{para});
			@sentences = take_errors(\@all, @sentences);
			push @{$block->{chunks}}, {para => join ' ', @sentences} if @sentences;
		} elsif (@all && $chunk->{items}) {
			my @errors = grep { $_->[0] =~ /^$an_error(?:, $an_error)*$/ } @{$chunk->{items}};
			for my $item (@errors) { note_error(\@all, $_, $item->[1]) for split /, /, $item->[0] }
			my @kept = grep { $_->[0] !~ /^-E/ } @{$chunk->{items}};
			push @{$block->{chunks}}, {items => \@kept} if @kept;
		} else {
			push @{$block->{chunks}}, $chunk;
		}
	}
}

# The call that the header describes where it describes this one in few words: without a hash, or on a map.
sub namesake
{
	my ($name) = @_;
	my $other = $name =~ s/_hashed$|(?<=^nbmap)_domain(?=_)//r;
	return $other ne $name && $calls{$other} && !%{$calls{$name}{errors}} ? ($other) : ();
}

# All errors of a call, also by `errors of': error -> text or undef.
sub errors_of
{
	my ($name, %seen) = @_;
	return () if $seen{$name};
	my %errors = %{$calls{$name}{errors}};
	for my $like (@{$calls{$name}{like}}, namesake($name)) {
		my %more = errors_of($like, %seen, $name => 1);
		$errors{$_} //= $more{$_} for keys %more;
	}
	return %errors;
}

# The sections that the header names for a call; more than one is a mistake.
sub markers_of
{
	my ($name) = @_;
	my $markers = $calls{$name}{markers};
	($markers) = map { $calls{$_}{markers} } namesake($name) unless %$markers;
	return sort keys %{$markers || {}};
}

# Fills %calls and %general.
sub digest_all
{
	for my $block (@blocks) {
		$calls{$_->{name}} = {decl => $_, markers => {}, errors => {}, like => []} for functions($block);
	}
	digest($_) for @blocks;
	for my $item (map { @{$_->{items} || []} } chunks(@{$blocks[0]{comment}})) {
		$general{$item->[0]} = $item->[1] if $item->[0] =~ /^-E/;
	}
}

1;
