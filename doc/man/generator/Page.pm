# One page: what pages/NAME asks for, taken from the header.
package Page;
use strict;
use warnings;
use Exporter 'import';
use Base;
use Calls;
use Comment;
use Header;
use Mdoc;
our @EXPORT = qw(parse_page resolve find_places write_page);

our $here; # doc/man
our $day;  # of all pages

my $linearizable = 'Each call takes effect at one moment between its begin and its end.
All threads agree on one order of these moments, for all keys together.';
my %orderings = (
	write => "$linearizable What was written to a value before the call that stores it is seen by every call that
		returns the value. A call that changes nothing is ordered like nbmap_get().",
	get => "$linearizable Who is given a value sees all that was written to it before it was stored.",
);

my %wheres = (
	section => 'inside a read-side section of the flavour ([section]): between nbmap_enter() and nbmap_leave(), or
		between `rcu_read_lock()` and `rcu_read_unlock()` of the flavour itself. The thread is registered with the
		flavour and, for QSBR, online.',
	outside => 'outside of any read-side section of the thread ([outside]), and not in a callback that reclamation
		calls.',
	anywhere => 'inside or outside of a read-side section ([anywhere]).',
);

# A page of pages/: name, title, keys, and sections in order, each a name and lines.
sub parse_page
{
	my ($name) = @_;
	my @lines = split /\n/, read_file("$here/pages/$name");
	my %parsed = (name => $name, sections => [], text => {});
	while (@lines) {
		my $line = shift @lines;
		last if $line eq '';
		$line =~ /^([\w-]+): +(.*)$/ or die "pages/$name: no key in: $line\n";
		if ($1 eq $name) { $parsed{title} = $2 }
		else { $parsed{$1} = $2 }
	}
	die "pages/$name: the first line should be `$name: what it is'\n" unless $parsed{title};
	my $section;
	for (@lines) {
		if (/^[A-Z][A-Z -]+$/) {
			$section = $_;
			push @{$parsed{sections}}, $section;
		} elsif (defined $section) { push @{$parsed{text}{$section}}, $_ }
		elsif (/\S/) { die "pages/$name: text before the first section\n" }
	}
	$parsed{man} //= 3;
	return \%parsed;
}

# The prose blocks right before the first block of `name', or after its last.
sub prose
{
	my ($side, $name) = @_;
	my $own = $blocks_of{$name} or return;
	my ($at) = grep { $blocks[$_] == $own->[$side eq 'before' ? 0 : -1] } 0 .. $#blocks;
	my @found;
	if ($side eq 'before') {
		unshift @found, $blocks[$at] while --$at > 0 && !@{$blocks[$at]{decls}};
	} else {
		push @found, $blocks[$at] while ++$at < @blocks && !@{$blocks[$at]{decls}};
	}
	return @found;
}

# Where the titles of the header's chapters, and of its comments without a declaration, are on the pages.
sub find_places
{
	for my $block (@blocks) {
		my ($page) = grep { defined } map { $page_of{$_->{name}} } @{$block->{decls}};
		next unless $page && defined $block->{chapter};
		$place_of{lc $block->{chapter}} //= ["$page->{name}($page->{man})", 1];
	}
	for my $parsed (@_) {
		my @comments = map { @{$_->{prose} || []} } @{$parsed->{parts}};
		for my $text (map { $_->{para} // () } map { chunks(@{$_->{comment}}) } @comments) {
			my ($caps) = heading($text);
			$place_of{lc $caps} = ["$parsed->{name}($parsed->{man})", 0] if defined $caps;
		}
	}
}

# Which names of the header are on a page, by its directives: fills names (in order), shown (blocks), parts.
sub resolve
{
	my ($parsed) = @_;
	my (@parts, @hand, %shown);
	my $end_hand = sub {
		push @parts, {hand => [@hand]} if grep { /\S/ } @hand;
		@hand = ();
	};
	for (@{$parsed->{text}{DESCRIPTION} || []}) {
		if (!/^%/) { push @hand, $_; next }
		$end_hand->();
		if (/^%(before|after) (\w+)(?:: (.*))?$/) {
			my @found = prose($1, $2) or problem("pages/$parsed->{name}: no comment $1 $2");
			$_->{used} = 1 for @found;
			push @parts, {prose => \@found, title => $3};
		} elsif (/^%top$/) {
			$blocks[0]{used} = 1;
			push @parts, {top => $blocks[0]};
		} elsif (/^%index$/) {
			push @parts, {index => 1};
		} elsif (/^%only (.*)$/) {
			for my $name (split ' ', $1) {
				my $own = $blocks_of{$name} or do { problem("pages/$parsed->{name}: the header has no $name"); next };
				push @{$parsed->{decls}}, grep { $_->{name} eq $name } map { @{$_->{decls}} } @$own;
				$_->{claimed} = 1 for grep { $_->{name} eq $name } map { @{$_->{decls}} } @$own;
			}
		} elsif (/^%(\w+)$/) {
			my $own = $blocks_of{$1} or do { problem("pages/$parsed->{name}: the header has no $1"); next };
			# Where a structure has the name of a function, the function comes first.
			for my $block (sort { functions($b) <=> functions($a) } grep { !$shown{$_}++ } @$own) {
				$block->{used} = 1;
				push @{$parsed->{decls}}, @{$block->{decls}};
				push @parts, {block => $block};
			}
		} else { problem("pages/$parsed->{name}: what is $_?") }
	}
	$end_hand->();
	$parsed->{parts} = \@parts;
	my %had;
	$parsed->{decls} = [grep { !$had{$_}++ } @{$parsed->{decls} || []}];
	my %named;
	$parsed->{names} = [grep { !$named{$_}++ }
		map { $_->{name}, $_->{kind} eq 'enum' ? map { @{$_->{names}} } @{$_->{members}} : () } @{$parsed->{decls}}];
	for my $name (@{$parsed->{names}}) {
		problem("$name is on two pages: $page_of{$name}{name}, $parsed->{name}") if $page_of{$name};
		$page_of{$name} = $parsed;
	}
}

sub synopsis
{
	my ($parsed) = @_;
	my @lines = ('.In nbmap.h');
	for my $decl (@{$parsed->{decls}}) {
		if ($decl->{kind} eq 'macro') { push @lines, '.Fd #define ' . escape($decl->{text}) }
		elsif ($decl->{kind} =~ /^(?:struct|enum)$/) { push @lines, ".Vt $decl->{kind} $decl->{name} ;" }
		elsif ($decl->{kind} eq 'typedef') { push @lines, ".Vt $decl->{text} ;" }
		else {
			my $type = ($decl->{kind} eq 'callback' ? 'typedef ' : '') . $decl->{type};
			push @lines, '.Ft ' . argument($type);
			push @lines, ".Fo $decl->{name}", (map { '.Fa ' . argument($_) } @{$decl->{params}} ? @{$decl->{params}} : 'void'),
				'.Fc';
		}
	}
	return @lines;
}

# What is said beside the members of a structure or enumeration, but for those that the comment above has.
sub members_text
{
	my ($decl, $chunks) = @_;
	my %above = map { $_ => 1 } map { split /, /, $_->[0] } map { @{$_->{items} || []} } @$chunks;
	my @items;
	for my $member (grep { defined $_->{said} } @{$decl->{members}}) {
		my @names = grep { !$above{$_} } @{$member->{names}};
		push @items, [join(', ', @names), $member->{said}] if @names;
	}
	return @items ? body([{items => \@items}], 0) : ();
}

sub description
{
	my ($parsed) = @_;
	my @lines;
	my $listing = 0;
	my $fresh = 1;
	# Code needs the width that a list takes.
	my $wide = grep { $_->{code} } map { @{$_->{block}{chunks} || []} } grep { $_->{block} } @{$parsed->{parts}};
	my $list = sub {
		my ($wanted) = @_;
		push @lines, $wanted ? '.Bl -tag -width Ds' : '.El' if $wanted != $listing;
		$listing = $wanted;
	};
	for my $part (@{$parsed->{parts}}) {
		if (my $block = $part->{block}) {
			my @types = grep { $_->{kind} =~ /^(?:struct|enum)$/ } @{$block->{decls}};
			my @others = grep { $_->{kind} !~ /^(?:struct|enum)$/ } @{$block->{decls}};
			my @chunks = @{$block->{chunks} || []};
			if (@types) {
				$list->(0);
				push @lines, '.Ss ' . join ' , ', map { "Vt $_->{kind} $_->{name}" } grep { !$_->{forward} } @types;
				push @lines, code_lines(split /\n/, $_->{text}) for grep { !$_->{forward} } @types;
				push @lines, body(\@chunks, 0);
				push @lines, members_text($_, \@chunks) for @types;
			} else {
				my $blocks = grep { $_->{block} } @{$parsed->{parts}};
				if ($blocks == 1 && @others > 4) {
					push @lines, body(\@chunks, $fresh);
					next;
				}
				my @heads = map { ($_->{kind} eq 'macro' ? 'Dv' : $_->{kind} eq 'typedef' ? 'Vt' : 'Fn') . " $_->{name}" } @others;
				if ($wide) {
					$list->(0);
					push @lines, '.Ss ' . join(' , ', @heads), body(\@chunks, 1);
					next;
				}
				$list->(1);
				push @lines, @heads < 4 ? '.It ' . join ' , ', @heads
					: ('.It Xo', (map { ".$heads[$_]" . ($_ < $#heads ? ' ,' : '') } 0 .. $#heads), '.Xc');
				push @lines, body(\@chunks, 1);
			}
		} elsif ($part->{hand}) {
			$list->(0);
			push @lines, body([chunks(@{$part->{hand}})], $fresh, 1);
		} elsif ($part->{prose}) {
			$list->(0);
			for my $block (@{$part->{prose}}) {
				push @lines, '.Ss ' . title($part->{title}) if defined $part->{title};
				push @lines, body([chunks(@{$block->{comment}})], defined $part->{title} || $fresh, 1);
				undef $part->{title};
			}
		} elsif ($part->{top}) {
			$list->(0);
			push @lines, body([(chunks_of_top())[0]->@*], $fresh);
		} elsif ($part->{index}) {
			$list->(0);
			my @pages = sort { $a->{first} <=> $b->{first} } grep { $_->{man} == 3 } @{$parsed->{all}};
			push @lines, '.Bl -tag -width nbmap_thread_register(3) -compact';
			for my $other (@pages) { push @lines, ".It Xr $other->{name} 3", inline($other->{title}) }
			push @lines, '.El';
		}
		$fresh = 0;
	}
	$list->(0);
	return @lines;
}

# The header's first comment: what stands before its first heading, and the rest.
sub chunks_of_top
{
	my @chunks = chunks(@{$blocks[0]{comment}});
	my ($first) = grep { defined $chunks[$_]{para} && heading($chunks[$_]{para}) } 0 .. $#chunks;
	$first //= @chunks;
	return ([@chunks[0 .. $first - 1]], [@chunks[$first .. $#chunks]]);
}

# What the header's comments mark, or the page does for calls that have no mark.
sub section_text
{
	my ($parsed) = @_;
	my (%at, @unmarked);
	for (functions($parsed)) {
		my @markers = markers_of($_->{name});
		if (@markers == 1) { push @{$at{$markers[0]}}, $_->{name} }
		elsif (@markers) { problem("$_->{name}: its comment marks it @markers") }
		else { push @unmarked, $_->{name} }
	}
	my $hand = $parsed->{text}{SECTION};
	if (@unmarked && $parsed->{section}) {
		push @{$at{$parsed->{section}}}, @unmarked;
	} elsif (@unmarked && !$hand) {
		problem("pages/$parsed->{name}: neither the header nor the page says in which section these run: @unmarked");
	} elsif (!@unmarked && ($hand || $parsed->{section})) {
		problem("pages/$parsed->{name}: the header says in which section its calls run, and so does the page");
	}
	my @lines;
	for my $where (grep { $at{$_} } qw(section outside anywhere)) {
		my @names = @{$at{$where}};
		my $who = @names == functions($parsed) ? (@names == 1 ? 'Call it' : 'Call them')
			: 'Call ' . join(', ', map { "$_()" } @names);
		push @lines, '.Pp' if @lines;
		my $remark = $calls{$names[0]}{decl}{block}{remark};
		push @lines, inline("$who $wheres{$where}" =~ s/\s+/ /gr =~ s/\.$/defined $remark ? "; $remark." : '.'/er);
	}
	push @lines, body([chunks(@$hand)], !@lines) if $hand;
	return @lines;
}

sub errors_text
{
	my ($parsed) = @_;
	my @functions = grep { $_->{type} =~ /^(?:int|long)$/ } functions($parsed);
	my (%who, %said);
	for my $function (@functions) {
		my %errors = errors_of($function->{name});
		for (keys %errors) {
			push @{$who{$_}}, $function->{name};
			$said{$_} //= $errors{$_};
		}
	}
	# Calls that have no errors of their own in the header are as others on the page.
	my @silent = grep { my %errors = errors_of($_->{name}); !%errors } @functions;
	for (split /;\s*/, $parsed->{also} // '') {
		my ($error, @names) = split ' ';
		@names = map { $_->{name} } @functions unless @names;
		my %has = map { $_ => 1 } @{$who{$error}};
		push @{$who{$error}}, grep { !$has{$_} } @names;
	}
	my %hand;
	for my $chunk (chunks(@{$parsed->{text}{ERRORS} || []})) {
		for (@{$chunk->{items} || []}) { $hand{$_->[0]} = $_->[1] }
	}
	for (sort keys %hand) {
		problem("pages/$parsed->{name}: describes $_, which the header does not name for its calls") unless $who{$_};
	}
	return unless %who;
	my @items;
	my @order = sort keys %who;
	for my $error (@order) {
		my $text = $hand{$error} // $said{$error} // $general{$error};
		problem("pages/$parsed->{name}: neither the header nor the page says what $error means") unless defined $text;
		my %has = map { $_ => 1 } @{$who{$error}}, map { $_->{name} } @silent;
		my @only = grep { !/_u64_/ } @{$who{$error}};
		$text .= '.' if defined $text && $text =~ /\. / && $text !~ /\.$/;
		my $where = (keys %has == @functions) ? '' : join(', ', map { "$_()" } @only) . ': ';
		push @items, [$error, $where . ($text // '')];
	}
	return body([{items => \@items}], 1);
}

sub see_also
{
	my ($parsed) = @_;
	my @names = sort split ' ', $parsed->{see} // '';
	for (@names) { problem("pages/$parsed->{name}: no page $_ to see") unless -e "$here/pages/$_" }
	my @lines = map { ".Xr $_ 3 ," } @names;
	push @lines, '.Xr nbmap 7' if $parsed->{man} != 7;
	return @lines;
}

sub example
{
	my ($parsed) = @_;
	my $file = "$here/examples/$parsed->{name}.c";
	my $text = read_file($file);
	$text =~ m{^\s*/\* begin \*/\n(.*?)^\s*/\* end \*/$}ms or die "$file: no lines /* begin */ and /* end */\n";
	my @code = map { expand($_) } split /\n/, $1;
	my ($least) = sort { $a <=> $b } map { indent($_) } grep { /\S/ } @code;
	for (@code) {
		s/^ {$least}//;
		problem("$file: a line of the example is longer than 80") if length > 80;
	}
	shift @code while @code && $code[0] eq '';
	pop @code while @code && $code[-1] eq '';
	return @code;
}

sub write_page
{
	my ($parsed) = @_;
	my @functions = functions($parsed);
	%page = (
		name => "$parsed->{name}($parsed->{man})",
		own => {map { $_ => 1 } @{$parsed->{names}}},
		fa => {map { name_of($_) => 1 } map { @{$_->{params} || []} } @{$parsed->{decls}}},
		va => {map { $_ => 1 } map { @{$_->{names}} } map { @{$_->{members} || []} } @{$parsed->{decls}}},
	);
	my @names = ($parsed->{name}, grep { $_ ne $parsed->{name} } @{$parsed->{names}});
	my @lines = (
		'.\" Generated by doc/man/generate.pl: change include/nbmap.h or doc/man/pages/.',
		".Dd $day", '.Dt ' . uc($parsed->{name}) . " $parsed->{man}", '.Os',
		'.Sh NAME', (map { ".Nm $names[$_]" . ($_ < $#names ? ' ,' : '') } 0 .. $#names), ".Nd $parsed->{title}",
		$parsed->{man} == 3 ? ('.Sh LIBRARY', 'nbmap (libnbmap, \-lnbmap)') : (),
		'.Sh SYNOPSIS', synopsis($parsed),
		'.Sh DESCRIPTION', description($parsed),
	);
	my $add = sub {
		my ($name, @text) = @_;
		push @lines, ".Sh $name", @text if @text;
	};
	my $hand = sub {
		my ($name) = @_;
		return body([chunks(@{$parsed->{text}{$name} || []})], 1);
	};
	my %standard = map { $_ => 1 } 'DESCRIPTION', 'SECTION', 'ORDERING', 'OWNERSHIP', 'RETURN VALUES', 'EXAMPLES',
		'ERRORS', 'SEE ALSO';
	$add->('SECTION', section_text($parsed)) if @functions;
	if ($parsed->{ordering}) {
		my $text = $orderings{$parsed->{ordering}} or die "pages/$parsed->{name}: no ordering $parsed->{ordering}\n";
		$add->('ORDERING', inline($text =~ s/\s+/ /gr), $parsed->{text}{ORDERING} ? ('.Pp', $hand->('ORDERING')) : ());
	} else { $add->('ORDERING', $hand->('ORDERING')) }
	for ('ORDERING', 'OWNERSHIP') {
		problem("pages/$parsed->{name}: says nothing of $_") if $parsed->{man} == 3 && @functions && !$parsed->{text}{$_}
			&& !($_ eq 'ORDERING' && $parsed->{ordering});
	}
	$add->('OWNERSHIP', $hand->('OWNERSHIP'));
	$add->($_, $hand->($_)) for grep { !$standard{$_} } @{$parsed->{sections}};
	my @answers = grep { $_->{type} eq 'int' } @functions;
	if ($parsed->{text}{'RETURN VALUES'}) { $add->('RETURN VALUES', $hand->('RETURN VALUES')) }
	elsif (@answers && @answers == @functions) {
		$add->('RETURN VALUES', inline('0, or a negative `errno` value: see ERRORS. On an error the map is as it was.'));
	}
	my @code = example($parsed);
	$add->('EXAMPLES', $hand->('EXAMPLES'), code_lines(@code));
	$add->('RULES', body((chunks_of_top())[1], 1, 1)) if grep { $_->{top} } @{$parsed->{parts}};
	$add->('ERRORS', errors_text($parsed));
	$add->('SEE ALSO', see_also($parsed), $hand->('SEE ALSO'));
	return join '', map { "$_\n" } @lines;
}

1;
