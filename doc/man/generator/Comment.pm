# A comment, or a text of pages/, in its parts: paragraphs, lists, tables, code.  ../README.md has the rules.
package Comment;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT = qw(comment_lines expand indent chunks sentences);

sub comment_lines
{
	my ($text) = @_;
	$text =~ s{^/\*+}{};
	$text =~ s{\*/\s*$}{};
	my @lines = split /\n/, $text;
	s{^\s*\*( |$)}{} for @lines;
	$lines[0] =~ s/^ // if @lines;
	s/\s+$// for @lines;
	shift @lines while @lines && $lines[0] eq '';
	pop @lines while @lines && $lines[-1] eq '';
	return @lines;
}

sub expand
{
	my ($line) = @_;
	1 while $line =~ s/^([^\t]*)\t/$1 . ' ' x (8 - length($1) % 8)/e;
	return $line;
}

sub indent { return $_[0] =~ /^( *)/ ? length $1 : 0 }

# A line that begins an item: its name, two blanks or more, and text.  The column of the text.
sub item_start
{
	my ($line) = @_;
	return unless $line =~ /^(\s*)(\S(?:.*?\S)??)(\s{2,})(\S.*)$/;
	my ($blank, $tag, $gap, $text) = ($1, $2, $3, $4);
	return if $tag =~ /[.;:?!]$/ || $tag =~ /^\[/ || length $tag > 50;
	return ($tag, $text, length "$blank$tag$gap");
}

sub is_table
{
	return 2 <= grep { my $line = s/^\s+//r; 2 <= (() = $line =~ /[^\s.,;:?!]\s{2,}\S/g) } @_;
}

# Lines into chunks: {para}, {code => lines}, {table => lines}, {items => [[tag, text]...]}, {bullets => texts}.
sub chunks
{
	my @lines = map { expand($_) } @_;
	my @chunks;
	my $i = 0;
	my $begins_list = sub {
		my ($at) = @_;
		my ($tag, $text, $column) = item_start($lines[$at]) or return 0;
		return 1 if $tag =~ /^-E[A-Z0-9]+$/;
		my $next = $lines[$at + 1] // '';
		return 1 if indent($next) == $column && $next ne '';
		my ($next_tag, $next_text, $next_column) = item_start($next) or return 0;
		return $next_column == $column;
	};
	my $add = sub {
		my ($kind, $value) = @_;
		if (@chunks && $kind ne 'para' && exists $chunks[-1]{$kind} && $kind ne 'table') {
			push @{$chunks[-1]{$kind}}, '' if $kind eq 'code';
			push @{$chunks[-1]{$kind}}, @$value;
		} else { push @chunks, {$kind => $value} }
	};
	while ($i < @lines) {
		if ($lines[$i] eq '') { $i++; next }
		my $base = indent($lines[$i]);
		if ($base >= 4) {
			my $end = $i;
			$end++ while $end < @lines && ($lines[$end] eq '' || indent($lines[$end]) >= 4);
			my @code = @lines[$i .. $end - 1];
			if (grep { m{[;{}]\s*(?://.*|/\*.*)?$|^ +\$ } } @code) {
				pop @code while $code[-1] eq '';
				s/^ {$base}// for @code;
				$add->(code => \@code);
				$i = $end;
				next;
			}
		}
		if ($lines[$i] =~ /^\s*[-*] /) {
			my @bullets;
			while ($i < @lines && $lines[$i] ne '' && ($lines[$i] =~ /^\s*[-*] / || indent($lines[$i]) > $base)) {
				if ($lines[$i] =~ /^ {$base}[-*] (.*)/) { push @bullets, $1 }
				else { $bullets[-1] .= ' ' . $lines[$i] =~ s/^\s+//r }
				$i++;
			}
			$add->(bullets => \@bullets);
			next;
		}
		if ($base) {
			my $end = $i;
			$end++ while $end < @lines && $lines[$end] ne '' && indent($lines[$end]);
			my @table = @lines[$i .. $end - 1];
			if (is_table(@table)) {
				my ($least) = sort { $a <=> $b } map { indent($_) } @table;
				$add->(table => [map { s/^ {$least}//r } @table]);
				$i = $end;
				next;
			}
		}
		my ($first_tag, undef, $column) = item_start($lines[$i]);
		if (defined $first_tag && ($base || $begins_list->($i))) {
			my @items;
			while ($i < @lines && $lines[$i] ne '' && indent($lines[$i]) >= $base) {
				if (indent($lines[$i]) > $base) { $items[-1][1] .= ' ' . $lines[$i] =~ s/^\s+//r }
				elsif (my ($tag, $text) = item_start($lines[$i])) { push @items, [$tag, $text] }
				# A name as long as the column is wide.
				elsif ($lines[$i] =~ /^\s*(\S+) (\S.*)$/ && $column == $-[2]) { push @items, [$1, $2] }
				elsif (indent($lines[$i + 1] // '') > $base) { push @items, [$lines[$i] =~ s/^\s+//r, ''] }
				else { last }
				$i++;
			}
			s/^\s+// for map { $_->[1] } @items;
			$add->(items => \@items);
			next;
		}
		my $para = '';
		do { $para .= ($para eq '' ? '' : ' ') . $lines[$i++] =~ s/^\s+//r }
			while $i < @lines && $lines[$i] ne '' && indent($lines[$i]) == $base && $lines[$i] !~ /^\s*- /;
		$add->(para => $para);
	}
	return @chunks;
}

sub sentences
{
	my ($text) = @_;
	$text =~ s/\b(e\.g|i\.e)\.\s+/$1.\x01/g;
	return map { s/\x01/ /gr } split /(?<=[^.][.?!])\s+|(?<=[.?!]\))\s+/, $text;
}

1;
