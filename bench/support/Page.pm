# Page: what the reports share: pages under results/ and their plots.
package Page;
use strict;
use warnings;
use Exporter qw(import);
use File::Basename qw(basename dirname);
use File::Spec;

our @EXPORT = qw(fail spill write_page draw);

sub fail
{
	print STDERR "report.pl: @_\n";
	exit 2;
}

# Through a second file, so that a full disk loses nothing.
sub spill
{
	my ($path, $text) = @_;

	open my $to, '>', "$path.new" or fail("$path.new: $!");
	print $to $text or fail("$path.new: $!");
	close $to or fail("$path.new: $!");
	rename "$path.new", $path or fail("$path: $!");
}

# write_page(PATH, HEADING, MAKER, COMMENTS, TEXT, CSV...): says from which CSV, and by COMMENTS of which day, the
# text was made by the script MAKER.
sub write_page
{
	my ($path, $heading, $maker, $comments, $text, @from) = @_;
	my ($day) = map { /^date: (\d+-\d+-\d+)/ ? $1 : () } @$comments;
	my $sources = join ', ', map { "[@{[basename $_]}](" . File::Spec->abs2rel($_, dirname($path)) . ')' } @from;

	spill($path, "# $heading\n\n"
		. "Measured @{[$day // 'on an unknown day']}: made by `$maker` from $sources; do not edit.\n"
		. "[METHOD.md](../METHOD.md) says how it was measured, [README.md](../README.md) what was found.\n\n"
		. $text =~ s/\n\n\z/\n/r);
}

# draw(DIRECTORY, NAME...): an SVG file from each script NAME.gp, where there is gnuplot.
sub draw
{
	my ($directory, @names) = @_;

	if (!grep { -x "$_/gnuplot" } split /:/, $ENV{PATH} // '') {
		print STDERR "report.pl: no gnuplot: wrote scripts only\n";
		return;
	}
	for my $name (@names) {
		system('sh', '-c', 'cd "$1" && exec gnuplot "$2"', 'sh', $directory, "$name.gp") == 0
			or fail("gnuplot failed on $directory/$name.gp");
	}
}

1;
