# Text into mdoc: the macro for each kind of name, and each sentence on a line of its own.
package Mdoc;
use strict;
use warnings;
use Exporter 'import';
use Comment;
our @EXPORT = qw(%page_of %page %place_of escape argument title heading inline body code_lines);

our %page_of;  # public name -> page
our %page;     # the page that is written: name, own (public names), fa (parameters), va (members)
our %place_of; # the title of a chapter of the header, or of a comment, in lower case -> [page(3), is a chapter]

# The second: a punctuation mark that belongs to what it stands behind.
sub escape { return $_[0] =~ s/\\/\\e/gr =~ s/\x02/\\&/gr }

# One argument of a macro.
sub argument
{
	my ($text) = @_;
	$text = escape($text);
	$text =~ s/"/""/g;
	return "\"$text\"" if $text =~ /[\s"]/;
	return $text =~ /^(?:[A-Z][a-z]|[A-Z]{2}|[.,:;()\[\]?!|])$/ ? "\\&$text" : $text;
}

# A function, type or macro by its name: a reference, where it has another page.
sub reference
{
	my ($name, $macro) = @_;
	return "$macro " . argument($name) if !$page_of{$name} || $page{own}{$name};
	return 'Xr ' . argument($name) . ' 3';
}

# The macro for what stands between backticks.
sub quoted
{
	my ($text) = @_;
	return "Fa $text" if $page{fa}{$text =~ s/^\*//r};
	return reference($1, 'Fn') if $text =~ /^(\w+)\(\)$/;
	return "Er \\$text" if $text =~ /^-E[A-Z0-9]+$/;
	return 'Vt ' . argument($text) if $text =~ /^(?:struct|enum) \w+$/;
	return "Dv $text" if $text =~ /^(?:NBMAP_[A-Z0-9_]+|NULL)$/;
	return reference($text, 'Vt') if $page_of{$text};
	return "Va $text" if $text =~ /^\*?[\w.]+(?:->\w+)?$/;
	return 'Ql ' . argument($text =~ s/([.,:;)\]?!])$/$1\x02/r);
}

my $special = qr{
	  `(?<quoted>[^`]+)`
	| (?<lk>https?://[\w./-]*[\w/])
	| (?<![\w*])\*(?<em>\w[\w ]*)\*(?!\w)
	| \b(?<xr>nbmap\w*)\((?<xs>[37])\)
	| \b(?<fn>\w+)\(\)
	| (?<!\w)(?<er>-E[A-Z0-9]+)\b
	| \b(?<vt>(?:struct|enum)\ nbmap\w*)
	| \b(?<dv>NBMAP_[A-Z0-9_]+|NULL|NDEBUG)\b(?!\*)
	| (?<![\w*])(?<deref>\*[a-z]\w*)
	| \b(?<id>[a-z][a-z0-9]*(?:_[a-z0-9]+)+)\b(?!\*)
}x;

# Text into lines of mdoc: each sentence begins a line, and each macro has its own.
sub inline
{
	my ($text) = @_;
	my @lines;
	for my $sentence (sentences($text)) {
		my $plain = '';
		my $flush = sub {
			$plain =~ s/^\s+|\s+$//g;
			while ($plain ne '') {
				my $line = length $plain > 78 && $plain =~ s/^(.{1,78})\s+// ? $1 : do { my $all = $plain; $plain = ''; $all };
				$line = escape($line);
				push @lines, $line =~ /^[.']/ ? "\\&$line" : $line;
			}
			$plain = '';
		};
		pos($sentence) = 0;
		while ($sentence =~ /\G(.*?)$special/gcs) {
			my %t = %+;
			$plain .= $1;
			my $macro = defined $t{quoted} ? quoted($t{quoted})
				: defined $t{lk} ? "Lk $t{lk}"
				: defined $t{em} ? 'Em ' . argument($t{em})
				: defined $t{xr} ? "Xr $t{xr} $t{xs}"
				: defined $t{fn} ? reference($t{fn}, 'Fn')
				: defined $t{er} ? "Er \\$t{er}"
				: defined $t{vt} ? 'Vt ' . argument($t{vt})
				: defined $t{dv} ? "Dv $t{dv}"
				: defined $t{deref} ? "Fa $t{deref}"
				: $page_of{$t{id}} ? reference($t{id}, 'Vt')
				: $page{fa}{$t{id}} ? "Fa $t{id}" : "Va $t{id}";
			my $before = $plain =~ s/(\S+)$// ? $1 : '';
			$flush->();
			my $line = '.';
			if ($before =~ /^[(\[]$/) { $macro =~ s/ / $before / }
			elsif ($before ne '') { $line .= 'No ' . argument($before) . ' Ns ' }
			$line .= $macro;
			if ($sentence =~ /\G([.,:;)\]?!]+)(?=\s|$)/gc) { $line .= " $_" for split //, $1 }
			elsif ($sentence =~ /\G([^\s`]+)/gc) {
				my $after = $1;
				my $ends = $after =~ s/([.,:;)\]?!]+)$// ? $1 : '';
				$line .= ' Ns ' . argument($after) if $after ne '';
				$line .= " $_" for split //, $ends;
			}
			push @lines, $line;
		}
		$plain .= substr $sentence, pos($sentence) // 0;
		$flush->();
	}
	return @lines;
}

# The head of an item.
sub item_head
{
	my ($tag) = @_;
	my @words;
	for (split /,\s+/, $tag =~ s/`//gr) {
		push @words, ',' if @words;
		push @words, $page{va}{$_} ? "Va $_" : $page{fa}{s/^\*//r} ? "Fa $_" : /^-E[A-Z0-9]+$/ ? "Er \\$_"
			: /^NBMAP_/ ? "Dv $_" : join ' ', map { argument($_) } split / /;
	}
	return ".It @words";
}

sub title { return join ' ', map { argument($_) } split / /, $_[0] }

# A heading that a paragraph begins with in capitals: (heading, rest).
sub heading
{
	my ($text) = @_;
	return ($1, $2) if $text =~ /^([A-Z]{2,}(?: [A-Z]+)*)\.\s+(.*)$/s;
	return ($1, '') if $text =~ /^([A-Z]{4,}|[A-Z]{2,}(?: [A-Z]+)+)[.:]?$/;
	return ($1, ucfirst(lc $1) . $2) if $text =~ /^([A-Z]{5,})(\s+[a-z].*)$/s;
	return;
}

# `see "Values"': where that is, if it is on another page.
sub places
{
	my ($text) = @_;
	$text =~ s{"([A-Z][\w ]+)"}{
		my ($page, $chapter) = @{$place_of{lc $1} || []};
		!$page || $page eq ($page{name} // '') ? "\"$1\"" : $chapter ? $page : "\"$1\" in $page"
	}ge;
	return $text;
}

# Chunks into lines.  `fresh': nothing stands before in this section or item.  `heads': a paragraph may begin with
# a heading.
sub body
{
	my ($chunks, $fresh, $heads) = @_;
	my @lines;
	for my $chunk (@$chunks) {
		if (defined(my $text = $chunk->{para})) {
			my ($caps, $rest) = heading($text);
			if (defined $caps && $heads) {
				push @lines, '.Ss ' . title(ucfirst lc $caps);
				($text, $fresh) = ($rest, 1);
			}
			push @lines, '.Pp' unless $fresh;
			if (defined $caps && !$heads) {
				push @lines, '.Sy ' . title(ucfirst lc $caps) . ' .';
				$text = $rest;
			}
			push @lines, inline(places($text));
			next if $text eq '' && $heads;
		} elsif (my $code = $chunk->{code} || $chunk->{table}) {
			push @lines, $chunk->{code} ? code_lines(@$code) : ('.Bd -literal', (map { literal($_) } @$code), '.Ed');
		} elsif (my $items = $chunk->{items}) {
			# Longer names have a line of their own.
			my ($longest) = sort { length $b <=> length $a } grep { length $_ <= 16 } map { $_->[0] =~ s/`//gr } @$items;
			my $width = defined $longest ? argument($longest) : 'Ds';
			push @lines, ".Bl -tag -width $width" . ((grep { length $_->[1] > 140 } @$items) ? '' : ' -compact');
			$lines[-1] =~ s/^/.Pp\n/ if $lines[-1] =~ /compact/ && !$fresh;
			push @lines, item_head($_->[0]), inline(places($_->[1])) for @$items;
			push @lines, '.El';
		} elsif (my $bullets = $chunk->{bullets}) {
			push @lines, '.Bl -bullet -compact';
			$lines[-1] =~ s/^/.Pp\n/ unless $fresh;
			push @lines, '.It', inline($_) for @$bullets;
			push @lines, '.El';
		}
		$fresh = 0;
	}
	return @lines;
}

sub literal
{
	my ($line) = @_;
	$line = escape($line) =~ s/-/\\-/gr;
	return $line =~ /^[.']/ ? "\\&$line" : $line;
}

# Code is indented by 4 on the pages, where lines are short.
sub code_lines
{
	my @lines = map { s/^((?: {8})+)/' ' x (length($1) \/ 2)/er } map { expand($_) } @_;
	return ('.Bd -literal', (map { literal($_) } @lines), '.Ed');
}

1;
