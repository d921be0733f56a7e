#!/usr/bin/env perl
# Tables and a plot of nbmap-scale's results.
#
# Usage: report.pl [--page FILE] [--plots DIRECTORY] CSV...
#
# Without --page the tables go to standard output; with it they are written to FILE, a
# page for itself that says which CSV it is from.  With --plots a gnuplot script and,
# where there is gnuplot, an SVG file are written to DIRECTORY, and the page shows them.
#
# Rows of the workload `scale` are the model's alone; those of `scale_check` were held
# against real runs; those of `scale_real` are these runs, round by round, and not shown.
use strict;
use warnings;
use File::Basename qw(dirname);
use File::Spec;
use FindBin;
use lib "$FindBin::Bin/../support";
use Page;

my ($page, $plots, @files);
my (%row, %seen, @about, @cells, @threads);
my @SUBJECTS = qw(nbmap lock readers);
my %COLOR = (nbmap => '#d62728', lock => '#1f77b4', readers => '#2ca02c', ideal => '#bbbbbb');

# ---- Reading ------------------------------------------------------------------

sub read_csv
{
	my ($path) = @_;
	open my $in, '<', $path or fail("$path: $!");

	while (my $line = <$in>) {
		chomp $line;
		if ($line =~ /^# (.*)$/) {
			push @about, $1 unless $seen{"#$1"}++;
			next;
		}
		next if $line =~ /^workload,/;
		my @column = split /,/, $line;
		@column == 7 or fail("$path:$.: not a row of seven columns");
		my ($workload, $cell, $threads, $subject, undef, $metric, $value) = @column;

		push @cells, $cell if $workload eq 'scale' && !$seen{$cell}++;
		$seen{"t$threads"}++ or push @threads, $threads if $workload eq 'scale';
		$row{$workload}{$cell}{$threads}{$subject}{$metric} = $value;
	}
	close $in;
}

sub value
{
	my ($workload, $cell, $threads, $subject, $metric) = @_;

	return $row{$workload}{$cell}{$threads}{$subject}{$metric};
}

sub part
{
	my ($cell, $key) = @_;

	return $cell =~ /(?:^|;)\Q$key\E=([^;]*)/ ? $1 : '';
}

sub name_of
{
	my ($cell) = @_;

	return join ', ', part($cell, 'kind'), 'n ' . part($cell, 'n'), part($cell, 'dist');
}

# ---- Tables -------------------------------------------------------------------

my $out = '';

sub show
{
	my ($value) = @_;

	return '–' unless defined $value;
	return sprintf('%.0f', $value) if $value >= 100;
	return sprintf('%.1f', $value) if $value >= 10;
	return sprintf('%.2f', $value);
}

sub table
{
	my ($left, @rows) = @_;
	my $head = shift @rows;

	$out .= '| ' . join(' | ', @$head) . " |\n";
	$out .= '|' . join('|', map { $_ < $left ? '---' : '---:' } 0 .. $#$head) . "|\n";
	$out .= '| ' . join(' | ', @$_) . " |\n" for @rows;
	$out .= "\n";
}

# How many times what one thread does.
sub speedup
{
	my ($cell, $threads, $subject) = @_;
	my $one = value('scale', $cell, 1, $subject, 'model_mops');
	my $many = value('scale', $cell, $threads, $subject, 'model_mops');

	return $one && $many ? $many / $one : undef;
}

sub write_speedups
{
	my @shown = grep { $_ > 1 } @threads;
	my @rows = ['cell', 'map', '1 thread, Mops', map { "$_" } @shown];

	for my $cell (@cells) {
		for my $subject (@SUBJECTS) {
			my $one = value('scale', $cell, 1, $subject, 'model_mops');

			push @rows, [name_of($cell), $subject, show($one), map { show(speedup($cell, $_, $subject)) } @shown]
				if defined $one;
		}
	}
	$out .= "## How many times what one thread does, by the number of threads (model)\n\n";
	table(2, @rows);
}

sub write_lines
{
	my $most = $threads[-1];
	my @some = grep { $_ == 2 || $_ == 48 || $_ == $most } @threads;
	my @rows = ['cell', 'map', map { ("taken, $_", "transfers, $_", "misses, $_") } @some];

	for my $cell (@cells) {
		for my $subject (@SUBJECTS) {
			next unless defined value('scale', $cell, $most, $subject, 'taken');
			push @rows, [name_of($cell), $subject, map {
				my $threads = $_;

				map { show(value('scale', $cell, $threads, $subject, $_)) } qw(taken transfers misses)
			} @some];
		}
	}
	$out .= "## Cache lines, per operation (model)\n\n"
		. "`taken`: written while another core held it. `transfers`: came from another core's cache,\n"
		. "or had to leave it. `misses`: came from the last-level cache or memory. With 2, 48 and $most threads.\n\n";
	table(2, @rows);
}

sub write_check
{
	my %cells = %{$row{scale_check} // {}};
	my @rows = ['cell', 'map', 'threads', 'real, Mops', 'model, Mops', 'model : real'];
	my (%near, %all);

	return unless %cells;
	for my $cell (sort { part($a, 'n') <=> part($b, 'n') || $a cmp $b } keys %cells) {
		for my $threads (sort { $a <=> $b } keys %{$cells{$cell}}) {
			for my $subject (grep { $cells{$cell}{$threads}{$_} } @SUBJECTS) {
				my $ratio = value('scale_check', $cell, $threads, $subject, 'model_to_real') // next;
				my $whose = $subject eq 'nbmap' ? 'nbmap' : 'others';

				$all{$whose}++;
				$near{$whose} += $ratio >= 0.8 && $ratio <= 1.25;
				push @rows, [name_of($cell), $subject, $threads,
					(map { show(value('scale_check', $cell, $threads, $subject, $_)) } qw(real_mops model_mops)),
					sprintf('%.2f', $ratio) . ($ratio >= 0.8 && $ratio <= 1.25 ? '' : ' ·')];
			}
		}
	}
	$out .= "## The model against real threads\n\n"
		. "Medians of real rounds in which no thread lost its processor to another program.\n"
		. 'Within 25 % are, ' . join(', ', map {
			'of ' . ($_ eq 'nbmap' ? "nbmap's" : "the stand-ins'") . ' cells, ' . ($near{$_} // 0) . " of $all{$_}"
		} sort keys %all)
		. "; the others have a dot.\n\n";
	table(2, @rows);
}

sub write_origin
{
	$out .= "## Where this was measured, and what was assumed\n\n";
	$out .= join("\n", map { "- $_" } grep { !/^cost / } @about) . "\n";
	$out .= '- costs, in ns unless the name says otherwise: '
		. join(', ', map { /^cost (.*): (.*)$/ ? "$1 $2" : () } @about) . "\n\n";
}

# ---- Plot ---------------------------------------------------------------------

sub panel
{
	my ($number, $title, @lines) = @_;
	my ($data, @plots) = ('', ());

	for my $i (0 .. $#lines) {
		my ($label, $color, $cell, $subject) = @{$lines[$i]};
		my @points = grep { defined value('scale', $cell, $_, $subject, 'model_mops') } @threads;

		next unless @points;
		$data .= "\$p${number}_$i << end\n"
			. join('', map { "$_ " . value('scale', $cell, $_, $subject, 'model_mops') . "\n" } @points) . "end\n";
		push @plots, "\$p${number}_$i with linespoints lw 2 pt 7 ps 0.4 lc rgb '$color' title '$label'";
		my $one = value('scale', $cell, 1, $subject, 'model_mops');

		push @plots, "$one*x with lines dt 3 lc rgb '$COLOR{ideal}' notitle" if $subject eq 'nbmap' && $one;
	}
	return '' unless @plots;
	return $data . "set title \"$title\" noenhanced\nplot " . join(", \\\n     ", @plots) . "\n";
}

sub cell
{
	my ($kind, $n, $dist) = @_;

	return "kind=$kind;n=$n;dist=$dist";
}

sub write_plot
{
	my @panels;

	for my $kind (qw(get mix10 mix50 overwrite)) {
		push @panels, panel(scalar @panels, "$kind, 10000 keys", (map {
			[$_, $COLOR{$_}, cell($kind, 10000, 'uniform'), $_]
		} @SUBJECTS), ['nbmap, Zipf', '#ff9896', cell($kind, 10000, 'zipf'), 'nbmap']);
	}
	for my $kind (qw(get overwrite insert remove count boxed)) {
		my $dist = $kind eq 'insert' ? 'fresh' : 'uniform';

		push @panels, panel(scalar @panels, "$kind, nbmap", ['10^4 keys', '#d62728', cell($kind, 10000, $dist), 'nbmap'],
			['10^6 keys', '#9467bd', cell($kind, 1000000, $dist), 'nbmap']);
	}
	push @panels, panel(scalar @panels, 'growth from empty, nbmap', ['nbmap', '#d62728', cell('grow', 10000, 'fresh'), 'nbmap']);
	@panels = grep { $_ ne '' } @panels;
	fail('nothing to plot') unless @panels;

	my $rows = int((@panels + 3) / 4);
	my $height = 280 * $rows + 30;

	spill("$plots/scale.gp", "set terminal svg size 1500,$height font 'sans,11' background 'white'\nset output 'scale.svg'\n"
		. "set multiplot layout $rows,4 title 'A model, not a measurement: million operations/s by simulated threads; dotted: linear'\n"
		. "set grid lt 1 lc rgb '#dddddd'\nset key top left samplen 1.5\nset border 3\nset tics nomirror\n"
		. "set logscale xy\nset xrange [1:1000]\nset format y '10^{%T}'\n"
		. "set xtics (1, 8, 48, 192, 768)\nset xlabel 'simulated threads' offset 0,0.5\n" . join('', @panels) . "unset multiplot\n");
	draw($plots, 'scale');
}

# ---- All ----------------------------------------------------------------------

while (@ARGV) {
	my $argument = shift @ARGV;

	if ($argument =~ /^--(page|plots)$/) {
		@ARGV or fail("$argument needs an argument");
		($1 eq 'page' ? $page : $plots) = shift @ARGV;
	} else {
		push @files, $argument;
	}
}
@files or fail('usage: report.pl [--page FILE] [--plots DIRECTORY] CSV...');
read_csv($_) for @files;
@cells or fail('no rows of the model');
@threads = sort { $a <=> $b } @threads;

$out .= "![a model of throughput](@{[File::Spec->abs2rel($plots, dirname($page))]}/scale.svg)\n\n" if $page && $plots;
write_speedups();
write_lines();
write_check();
write_origin();
write_plot() if $plots;

if ($page) {
	write_page($page, 'A model of many processors', 'bench/scale/report.pl', \@about, $out, @files);
} else {
	print $out;
}
