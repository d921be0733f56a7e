#!/usr/bin/env perl
# Tables from the CSV of bench/nbcached/compare.sh: medians, with the lowest and the highest run, and how many
# times as good nbcached is.  What it loses comes first.
#
# Usage: report.pl [--page PAGE.md] CSV...
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../support";
use Page;

# In the order of the page: metric, what it is, whether more is better.
my @METRICS = (
	['commands_per_s', 'commands a second', 1],
	['server_cpu_us', 'server CPU, microseconds a command', 0],
	['p50_us', 'latency, microseconds, p50', 0],
	['p99_us', 'latency, microseconds, p99', 0],
	['bytes_an_item', 'bytes resident an item', 0],
	['hits_percent', 'percent of hits', 1],
);
my @PEERS = qw(nbcached memcached);

my (@comments, %values, @cells);

sub read_csv
{
	my ($path) = @_;

	open my $in, '<', $path or fail("$path: $!");
	while (my $line = <$in>) {
		chomp $line;
		if ($line =~ /^#\s*(.*)/) {
			push @comments, $1 unless grep { $_ eq $1 } @comments;
			next;
		}
		next if $line eq 'workload,cell,threads,peer,round,metric,value';

		my ($workload, $cell, $threads, $peer, undef, $metric, $value) = split /,/, $line, -1;

		defined $value && $workload eq 'nbcached' && $value =~ /^\d+(?:\.\d*)?(?:e[-+]?\d+)?$/i
			or fail("$path:$.: no row of nbcached's: $line");
		grep { $_ eq $peer } @PEERS or fail("$path:$.: no such server: $peer");
		grep { $_->[0] eq $metric } @METRICS or fail("$path:$.: no such metric: $metric");
		push @cells, $cell unless grep { $_ eq $cell } @cells;
		push @{$values{$metric}{$cell}{$peer}}, $value;
	}
	close $in;
}

sub median
{
	my @sorted = sort { $a <=> $b } @_;
	my $half = int(@sorted / 2);

	return @sorted % 2 ? $sorted[$half] : ($sorted[$half - 1] + $sorted[$half]) / 2;
}

# Three digits, or all of a large number.
sub show
{
	my ($value) = @_;

	return $value >= 100 ? sprintf('%.0f', $value) : sprintf('%.*f', $value >= 10 ? 1 : 2, $value);
}

sub with_spread
{
	my @sorted = sort { $a <=> $b } @_;

	return show(median(@sorted)) . (@sorted > 1 ? ' (' . show($sorted[0]) . '–' . show($sorted[-1]) . ')' : '');
}

# One row for each metric of each cell that both servers have: the ratio, and the text.
sub rows
{
	my @rows;

	for my $metric (@METRICS) {
		my ($name, $title, $more) = @$metric;

		for my $cell (@cells) {
			my ($ours, $theirs) = map { $values{$name}{$cell}{$_} } @PEERS;

			next unless $ours && $theirs;

			my ($worth, $cost) = $more ? ($ours, $theirs) : ($theirs, $ours);

			median(@$cost) > 0 or fail("$name, $cell: 0");

			my $ratio = median(@$worth) / median(@$cost);

			push @rows, {
				ratio => $ratio,
				text => sprintf("| %s (%s) | %s | %s | %s | %.2f |\n", $title, $more ? '+' : '−',
					$cell =~ s/=/ /r, with_spread(@$ours), with_spread(@$theirs), $ratio),
			};
		}
	}
	return @rows;
}

sub table
{
	my ($heading, @rows) = @_;

	my $head = "| | cell | nbcached | memcached | ratio |\n|---|---|---:|---:|---:|\n";

	return "## $heading\n\n" . (@rows ? join('', $head, map { $_->{text} } @rows) : "Nothing.\n") . "\n";
}

my ($page, @files);

while (@ARGV) {
	my $argument = shift @ARGV;

	if ($argument eq '--page') {
		@ARGV or fail('--page takes a name');
		$page = shift @ARGV;
	} elsif ($argument =~ /^-/) {
		fail('usage: report.pl [--page PAGE.md] CSV...');
	} else {
		push @files, $argument;
	}
}
@files or fail('usage: report.pl [--page PAGE.md] CSV...');
read_csv($_) for @files;

my @rows = rows();
my $text = "Median (lowest–highest run). (+): more is better, (−): less is better. The ratio says how many\n"
	. "times as good nbcached is: below 1 it loses.\n\n"
	. table('What nbcached loses', sort { $a->{ratio} <=> $b->{ratio} } grep { $_->{ratio} < 1 } @rows)
	. table('What it does not lose', grep { $_->{ratio} >= 1 } @rows)
	. "## Where this was measured\n\n" . join('', map { "- $_\n" } @comments) . "\n";

if (defined $page) {
	write_page($page, 'nbcached beside memcached', 'bench/nbcached/report.pl', \@comments, $text, @files);
} else {
	print $text;
}
