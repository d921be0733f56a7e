# The header in its parts: comments, and the declarations that each stands before.
#
# It knows C as far as nbmap.h needs: no nested structures, no comments within a line of code but at its end.
package Header;
use strict;
use warnings;
use Exporter 'import';
use Base;
use Comment;
our @EXPORT = qw(@blocks %blocks_of parse_header name_of functions);

# A block: line, comment (lines, without the stars), decls, chapter (the line of dashes above it).
# A block without decls is prose: it belongs to what comes before it or after it, as a page says.
# A decl: kind (function, callback, struct, enum, macro, typedef), name, and what the kind needs.
our @blocks;
our %blocks_of; # name -> its blocks

# Split at commas outside of parentheses.
sub split_list
{
	my ($text) = @_;
	my ($depth, @parts) = (0, '');
	for my $c (split //, $text) {
		$depth++ if $c eq '(';
		$depth-- if $c eq ')';
		if ($c eq ',' && !$depth) { push @parts, '' }
		else { $parts[-1] .= $c }
	}
	s/^\s+|\s+$//g for @parts;
	return grep { $_ ne '' && $_ ne 'void' } @parts;
}

# What a parameter or member is called.
sub name_of
{
	my ($text) = @_;
	return $text =~ /\(\*\s*(\w+)\)/ ? $1 : $text =~ /(\w+)\s*(?:\[[^]]*\])?\s*$/ ? $1 : '';
}

# The members of a structure, or of an enumeration: name, and what the comment beside or above it says.  One without
# a comment shares that of the one before.
sub members
{
	my ($body, $separator) = @_;
	my (@members, $above);
	while ($body =~ m{\G\s*(?:(/\*.*?\*/)|([^/$separator]+)$separator?[ \t]*(/\*.*?\*/)?)}gcs) {
		if ($1) { $above = join ' ', comment_lines($1); next }
		my ($text, $beside) = ($2, $3);
		next unless $text =~ /\w/;
		$text =~ s/\s*=.*//s;
		my $said = $above // ($beside ? join(' ', map { s/^\s+//r } comment_lines($beside)) : undef);
		undef $above;
		my @names = map { name_of($_) } $separator eq ';' && $text !~ /\(/ ? split_list($text) : $text;
		if (defined $said || !@members) { push @members, {names => [@names], said => $said} }
		else { push @{$members[-1]{names}}, @names }
	}
	return @members;
}

# One declaration, without comments around it; undef for what is no public name's.
sub declaration
{
	my ($code) = @_;
	my $bare = $code =~ s{/\*.*?\*/}{}gsr;
	if ($bare =~ /^(struct|enum)\s+(\w+)\s*\{(.*)\}/s) {
		my ($kind, $name) = ($1, $2);
		my ($body) = $code =~ /\{(.*)\}/s;
		my $text = join '', map { s/\s+$//r . "\n" } grep { /\S/ } split /\n/, $bare;
		return {kind => $kind, name => $name, text => $text,
			members => [members($body, $kind eq 'enum' ? ',' : ';')]};
	}
	return {kind => 'struct', name => $1, forward => 1} if $bare =~ /^struct\s+(\w+)\s*;/;
	$bare =~ s/\s+/ /g;
	$bare =~ s/__attribute__\s*\(\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\)//g;
	$bare =~ s/\{.*//s;
	# Macros before the type and behind the parameters are attributes.
	1 while $bare =~ s/^\s*(?:NBMAP_[A-Z_]+(?:\([^()]*\))?|static|inline|extern)\s+//;
	1 while $bare =~ s/\)\s*NBMAP_[A-Z_]+(?:\([^()]*\))?(?=\s*;|\s*$|\s+NBMAP_)/)/;
	$bare =~ s/[\s;]+$//;
	my $typedef = $bare =~ s/^typedef //;
	if ($bare =~ /^(.*?[\s*])(\w+)\s*\((.*)\)$/s && $1 !~ /\(/) {
		my ($type, $name, $params) = ($1, $2, $3);
		$type =~ s/\s+$//;
		return {kind => $typedef ? 'callback' : 'function', name => $name, type => $type,
			params => [split_list($params)]};
	}
	return {kind => 'typedef', name => name_of($bare), text => "typedef $bare"} if $typedef;
	return undef;
}

# Fills @blocks and %blocks_of.
sub parse_header
{
	my ($header) = @_;
	my @lines = split /\n/, read_file($header);
	my ($block, $chapter);
	my $i = 0;
	my $begin = sub {
		$block = {line => $i + 1, comment => [@_], decls => [], chapter => $chapter};
		push @blocks, $block;
	};
	my $declare = sub {
		my ($decl) = @_;
		$begin->() unless $block;
		$decl->{block} = $block;
		push @{$block->{decls}}, $decl;
	};
	while ($i < @lines) {
		my $line = $lines[$i];
		if ($line =~ m{^/\*}) {
			my $text = $line;
			my $first = $i;
			$text .= "\n" . $lines[++$i] while $text !~ m{\*/};
			if ($text =~ m{^/\* -{4} (.*?) -+ \*/}) {
				undef $block;
				$chapter = $1;
			}
			else {
				$begin->(comment_lines($text));
				$block->{line} = $first + 1;
			}
		} elsif ($line =~ /^#\s*if.*__cplusplus/) {
			my $depth = 1;
			while ($depth) {
				$i++;
				$depth++ if $lines[$i] =~ /^#\s*if/;
				$depth-- if $lines[$i] =~ /^#\s*endif/;
			}
		} elsif ($line =~ /^#/) {
			my $text = $line;
			$text = $text =~ s/\\$//r . $lines[++$i] while $text =~ /\\$/;
			if ($text =~ /^#\s*define\s+(NBMAP\w+)(\([^)]*\))?\s*(.*)$/) {
				my ($name, $params, $value) = ($1, $2 // '', $3 =~ s{\s*/\*.*?\*/\s*$}{}r);
				# What is empty or an attribute is for the compiler; a name that ends in _ is the header's own.
				$declare->({kind => 'macro', name => $name, text => "$name$params $value"})
					unless $value eq '' || $value =~ /^(?:__|\[\[)/ || $name =~ /_$/;
			} else { undef $block }
		} elsif ($line =~ /\S/) {
			my $code = $line;
			my $balanced = sub {
				my $bare = $code =~ s{/\*.*?\*/}{}gsr;
				return 0 if $bare =~ m{/\*};
				return $bare =~ tr/{// == $bare =~ tr/}// && $bare =~ /[;}]\s*$/;
			};
			$code .= "\n" . $lines[++$i] until $balanced->() || $i == $#lines;
			my $decl = declaration($code);
			$declare->($decl) if $decl;
			# A comment behind a prototype is the last of its block's.
			push @{$block->{comment}}, '', comment_lines($1)
				if $decl && $decl->{kind} eq 'function' && $code =~ m{;\s*(/\*.*\*/)\s*$}s;
		}
		$i++;
	}
	# A structure that is defined somewhere needs no page where it is only named.
	my %defined = map { $_->{name} => 1 } grep { $_->{kind} eq 'struct' && !$_->{forward} } map { @{$_->{decls}} } @blocks;
	for my $block (@blocks) {
		@{$block->{decls}} = grep { !($_->{forward} && $defined{$_->{name}}) } @{$block->{decls}};
		for my $decl (@{$block->{decls}}) {
			for my $name ($decl->{name}, $decl->{kind} eq 'enum' ? map { @{$_->{names}} } @{$decl->{members}} : ()) {
				push @{$blocks_of{$name}}, $block unless grep { $_ == $block } @{$blocks_of{$name}};
			}
		}
	}
	@blocks = grep { @{$_->{comment}} || @{$_->{decls}} } @blocks;
}

# The functions of a block, or of a page.
sub functions { return grep { $_->{kind} eq 'function' } @{$_[0]{decls}} }

1;
