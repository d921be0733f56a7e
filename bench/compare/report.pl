#!/usr/bin/env perl
# Tables and plots from the CSV of nbmap-bench.
#
# Usage: report.pl [--page FILE] [--plots DIRECTORY] CSV...
#
# Without --page the tables go to stdout; with it they are written to FILE, a page
# for itself that says which CSV it is from.  FILE is called after what it has:
# tables.md, or a workload that is run for itself; see @PAGES.
# With --plots a gnuplot script and, where there is gnuplot, an SVG file are
# written for each plot, and the page shows them.
#
# A series is all rounds of one measurement of one peer: workload, cell,
# threads, metric, peer.  Its value is the median.  Two peers are compared
# round by round, as rounds are interleaved: the ratio is the median of the
# rounds' ratios, its spread their least and greatest.  A ratio says how many
# times as good nbmap is, whichever way the metric points: below 1 it loses.
# A run that the time box ended has no value, and is listed.
use strict;
use warnings;
use File::Basename qw(basename dirname);
use File::Path qw(make_path);
use File::Spec;
use FindBin;
use lib "$FindBin::Bin/../support";
use Page;

# `before` is nbmap's library of an earlier commit, as bench/before.sh measures it.
my @PEERS = qw(nbmap before cds_lfht ck_ht libcuckoo tbb glib java_chm java_nbhm abseil empty);

# Workloads in order of appearance, and what their tables are called.
my @WORKLOADS = (
	[mix       => 'Gets, inserts and removes on 64-bit keys'],
	[hits      => 'Gets by share of hits'],
	[room      => 'A map with room for n, filled and worked on at once, every answer tested'],
	[strings   => 'String keys, boxed values'],
	[fill      => 'Fill, presized and growing'],
	[latency   => 'Latency of single operations'],
	[churn     => 'Churn of fresh keys at a fixed live set'],
	[bustle    => 'Bustle\'s mixes'],
	[memory    => 'Memory for an entry'],
	[batch     => 'Gets in batches'],
	[wordcount => 'nbmap-wordcount on the peers'],
	[stopped   => 'A thread stopped in the middle of a migration'],
	[expiry    => 'Expiry, in slices and by a walk, beside writers'],
	[outrun    => 'Writers against reclamation'],
);
my %TITLE = map { @$_ } @WORKLOADS;

# Pages: their names, without the ending, and their headings.  All but the first are of one workload.
my @PAGES = (
	[tables    => 'nbmap beside other maps: the tables'],
	[outrun    => 'Do writers outrun reclamation?'],
	[expiry    => 'What does a scan in slices spare?'],
	[room      => 'A map with room, and answers that are tested'],
	[wordcount => 'Counting words'],
	[before    => 'nbmap beside nbmap of an earlier commit'],
);
my %HEADING = map { @$_ } @PAGES;

# Metrics of which more is better; of all others less is.
my $MORE_IS_BETTER = qr/^(?:mops|mb_s|kept)$/;
my $PERCENTILE = qr/^(?:p([\d.]+)|max)_ns$/;

# What waited to be freed, so many milliseconds after the start: for plots only.
my $SERIES = qr/^pending_(\d+)ms$/;

# Below this, in ns, the rarest latencies are the machine's, not the map's.
my $NOISE_NS = 60_000;
my $NOISY = qr/^(?:p99\.99\d*|max)_ns$/;

# ---- Reading ------------------------------------------------------------------

my (@comments, %series, %unfinished, %known);

# Cells keep the order in which the bench ran them.
my (%cell_order, $cells_seen);

sub read_csv
{
	my ($path) = @_;
	my $header = 'workload,cell,threads,peer,round,metric,value';
	my $begun;

	open my $in, '<', $path or fail("$path: $!");
	while (my $line = <$in>) {
		$line =~ s/\r?\n$//;
		if ($line =~ /^#\s*(.*)/) {
			push @comments, $1 unless grep { $_ eq $1 } @comments;
		} elsif (!$begun) {
			$line eq $header or fail("$path:$.: expected \"$header\"");
			$begun = 1;
		} else {
			add_row($line, "$path:$.");
		}
	}
	$begun or fail("$path: no header");
	close $in;
}

sub add_row
{
	my ($line, $where) = @_;
	my @fields = split /,/, $line, -1;

	@fields == 7 or fail("$where: expected 7 fields");

	my ($workload, $cell, $threads, $peer, $round, $metric, $value) = @fields;

	exists $TITLE{$workload} or fail("$where: no such workload: $workload");
	grep { $_ eq $peer } @PEERS or fail("$where: no such peer: $peer");
	$threads =~ /^\d+$/ && $round =~ /^\d+$/ or fail("$where: threads and round must be numbers");
	$value =~ /^-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?$/ or fail("$where: not a number: $value");
	$cell_order{$workload}{$cell} //= ++$cells_seen;
	$known{$peer} = 1;
	if ($metric eq 'finished') {
		$unfinished{$workload}{$cell}{$threads}{$peer}{$round} = 1 unless $value;
	} else {
		$series{$workload}{$metric}{$cell}{$threads}{$peer}{$round} = $value;
	}
}

# What a run that did not finish measured is no measurement of the whole.
sub drop_unfinished
{
	for my $workload (keys %series) {
		for my $of_metric (values %{$series{$workload}}) {
			for my $cell (keys %$of_metric) {
				for my $threads (keys %{$of_metric->{$cell}}) {
					drop_from($of_metric->{$cell}{$threads}, $unfinished{$workload}{$cell}{$threads});
				}
			}
		}
	}
}

sub drop_from
{
	my ($of_peer, $without) = @_;

	for my $peer (keys %{$without // {}}) {
		delete @{$of_peer->{$peer}}{keys %{$without->{$peer}}} if $of_peer->{$peer};
		delete $of_peer->{$peer} unless %{$of_peer->{$peer} // {}};
	}
}

# ---- Arithmetic ---------------------------------------------------------------

sub median
{
	my @sorted = sort { $a <=> $b } @_;

	return undef unless @sorted;
	return @sorted % 2 ? $sorted[$#sorted / 2] : ($sorted[@sorted / 2 - 1] + $sorted[@sorted / 2]) / 2;
}

sub geometric_mean
{
	my $sum = 0;

	return undef unless @_;
	$sum += log for @_;
	return exp($sum / @_);
}

# The least and the greatest.
sub extent
{
	my @sorted = sort { $a <=> $b } @_;

	return @sorted[0, -1];
}

# How many times as good the rounds of `ours` are as those of `theirs`: median, least, greatest; or nothing.
sub ratio
{
	my ($metric, $ours, $theirs) = @_;
	my @ratios;

	return unless $ours && $theirs;
	for my $round (keys %$ours) {
		next unless defined $theirs->{$round} && $ours->{$round} > 0 && $theirs->{$round} > 0;
		push @ratios, $metric =~ $MORE_IS_BETTER ? $ours->{$round} / $theirs->{$round}
							 : $theirs->{$round} / $ours->{$round};
	}
	return @ratios ? (median(@ratios), extent(@ratios)) : ();
}

# ---- Choosing -----------------------------------------------------------------

sub present
{
	return grep { $known{$_} } @PEERS;
}

# All that nbmap is compared with, in this workload and metric.
sub rivals
{
	return grep { $_ ne 'nbmap' && $_ ne 'empty' } present();
}

sub number_of
{
	my ($field) = @_;

	return $field =~ /^\d+(?:\.\d+)?$/ ? $field : 0;
}

# Percentiles ascend, and the maximum is last; else by name.  Left out: what says in other words what `mops` says;
# whether a map was migrating, which is neither good nor bad; and what is plotted over time.
sub metrics_of
{
	my ($workload) = @_;
	my $of_metric = $series{$workload} // {};

	return sort { metric_rank($a) <=> metric_rank($b) || $a cmp $b }
		grep { !/^migrating$/ && !/$SERIES/ && !($of_metric->{mops} && /^(?:seconds|ns_op)$/) } keys %$of_metric;
}

sub metric_rank
{
	my ($metric) = @_;

	return 0 unless $metric =~ $PERCENTILE;
	return defined $1 ? $1 : 101;
}

sub cells_of
{
	my ($workload, $metric) = @_;
	my $of_metric = $series{$workload} // {};

	return sort { $cell_order{$workload}{$a} <=> $cell_order{$workload}{$b} } keys %{$of_metric->{$metric} // {}};
}

sub threads_of
{
	my ($workload, $metric, @cells) = @_;
	my %threads;

	@cells = cells_of($workload, $metric) unless @cells;
	$threads{$_} = 1 for map { keys %{$series{$workload}{$metric}{$_} // {}} } @cells;
	return sort { $a <=> $b } keys %threads;
}

# "n=10;u=5" as a hash.
sub parts
{
	my ($cell) = @_;

	return map { /^([^=]*)=(.*)$/ ? ($1, $2) : ($_, '') } split /;/, $cell;
}

# Whether the cell has all that `wanted` says; a value may be a list of which it must be one.
sub matches
{
	my ($cell, %wanted) = @_;
	my %has = parts($cell);

	for my $key (keys %wanted) {
		my @any = ref $wanted{$key} ? @{$wanted{$key}} : $wanted{$key};

		return 0 unless defined $has{$key} && grep { $_ eq $has{$key} } @any;
	}
	return 1;
}

sub rounds
{
	my ($workload, $metric, $cell, $threads, $peer) = @_;

	return undef unless $series{$workload} && $series{$workload}{$metric} && $series{$workload}{$metric}{$cell};
	return ($series{$workload}{$metric}{$cell}{$threads} // {})->{$peer};
}

sub value
{
	my $rounds = rounds(@_);

	return $rounds ? median(values %$rounds) : undef;
}

# The median ratios to `peer` of all cells that match.
sub ratios_to
{
	my ($peer, $workload, $metric, $threads, %wanted) = @_;
	my @ratios;

	for my $cell (grep { matches($_, %wanted) } cells_of($workload, $metric)) {
		for my $n ($threads || threads_of($workload, $metric, $cell)) {
			my ($ratio) = ratio($metric, rounds($workload, $metric, $cell, $n, 'nbmap'),
				rounds($workload, $metric, $cell, $n, $peer));

			push @ratios, $ratio if defined $ratio;
		}
	}
	return @ratios;
}

# ---- Writing ------------------------------------------------------------------

my $out = '';

# Which page is written.
my $subject = 'tables';

sub whole
{
	return $subject eq 'tables';
}

sub say_line
{
	$out .= join('', @_) . "\n";
}

sub show
{
	my ($value) = @_;

	return '–' unless defined $value;
	return sprintf '%.0f', $value if $value >= 100;
	return sprintf '%.1f', $value if $value >= 10;
	return sprintf '%.2f', $value if $value >= 0.1 || $value == 0;
	return sprintf '%.2g', $value;
}

sub show_ratio
{
	my ($ratio, $least, $greatest) = @_;

	return '–' unless defined $ratio;
	return sprintf '%.2f (%.2f–%.2f)', $ratio, $least, $greatest;
}

sub show_cell
{
	my ($cell) = @_;

	return join(', ', map { s/=/ /r } split /;/, $cell) || 'all';
}

# `align` has an l or r for each column.
sub table
{
	my ($align, $head, @rows) = @_;

	say_line('| ', join(' | ', @$head), ' |');
	say_line('|', join('|', map { $_ eq 'r' ? '---:' : '---' } split //, $align), '|');
	say_line('| ', join(' | ', map { $_ // '–' } @$_), ' |') for @rows;
	say_line('');
}

# ---- Where nbmap loses --------------------------------------------------------

# Every comparison with the peer as {workload, cell, threads, metric, ours, theirs, ratio, least, greatest}.
sub comparisons
{
	my ($peer) = @_;
	my @all;

	for my $workload (map { $_->[0] } @WORKLOADS) {
		for my $metric (metrics_of($workload)) {
			for my $cell (cells_of($workload, $metric)) {
				for my $threads (threads_of($workload, $metric, $cell)) {
					my @place = ($workload, $metric, $cell, $threads);
					my ($ours, $theirs) = map { rounds(@place, $_) } 'nbmap', $peer;
					my ($ratio, $least, $greatest) = ratio($metric, $ours, $theirs);

					next unless defined $ratio;
					push @all, {
						workload => $workload, metric => $metric, cell => $cell,
						threads => $threads, peer => $peer, ours => median(values %$ours),
						theirs => median(values %$theirs), ratio => $ratio, least => $least,
						greatest => $greatest,
					};
				}
			}
		}
	}
	return @all;
}

sub all_are_noise
{
	my ($metric, @ns) = @_;

	return $metric =~ $NOISY && !grep { !defined || $_ >= $NOISE_NS } @ns;
}

sub is_noise
{
	my ($c) = @_;

	return all_are_noise(@$c{qw(metric ours theirs)});
}

sub remark
{
	my ($c) = @_;

	return 'noise' if is_noise($c);
	return $c->{greatest} >= 1 ? 'not in every round' : '';
}

sub table_of_losses
{
	my (@losses) = @_;

	table('lllrlrrrl', ['workload', 'cell', 'peer', 'threads', 'metric', 'nbmap', 'peer has', 'ratio', ''],
		map {
			[$_->{workload}, show_cell($_->{cell}), $_->{peer}, $_->{threads}, $_->{metric}, show($_->{ours}),
				show($_->{theirs}), show_ratio(@$_{qw(ratio least greatest)}), remark($_)]
		} @losses);
}

sub worst_first
{
	return sort { $a->{ratio} <=> $b->{ratio} || "@$a{qw(workload cell)}" cmp "@$b{qw(workload cell)}"
		|| $a->{threads} <=> $b->{threads} || "@$a{qw(peer metric)}" cmp "@$b{qw(peer metric)}" } @_;
}

# What a cell may lose beside an earlier commit.
my $MAY_LOSE = 0.97;

# A map grows in steps, and one size may lie just past a step: so many sizes have a mean that says something.
my $SIZES = 3;

# A row for each cell that was measured at so many sizes: [workload, the rest of the cell, threads, metric, ratios].
sub over_sizes
{
	my (%ratios, @order);

	for my $c (@_) {
		my $rest = join ';', grep { !/^n=/ } split /;/, $c->{cell};
		my $key = join "\t", $c->{workload}, $rest, @$c{qw(threads metric)};

		push @order, $key unless $ratios{$key};
		push @{$ratios{$key}}, $c->{ratio};
	}
	return map { [split(/\t/), $ratios{$_}] } grep { @{$ratios{$_}} >= $SIZES } @order;
}

# How many ratios, their mean and their extent: three columns.
sub show_mean
{
	return scalar @_, show(geometric_mean(@_)), join('–', map { show($_) } extent(@_));
}

# All cells beside those of the earlier commit, the worst first.  What is noise by its nature counts as no loss.
sub write_before
{
	my @all = comparisons('before') or return;
	my @noise = grep { is_noise($_) } @all;
	my @worst = worst_first(grep { !is_noise($_) } @all);
	my @lost = grep { $_->{ratio} < $MAY_LOSE } @worst;
	my @clear = grep { $_->{greatest} < 1 } @lost;

	say_line("A ratio says how many times as good this commit is as the one before: below 1 it loses.\n");
	table('rrrrr', ['cells', 'noise', 'lost', 'lost more than 3 %', 'of these in every round'],
		[scalar @all, scalar @noise, scalar(grep { $_->{ratio} < 1 } @worst), scalar @lost, scalar @clear]);
	say_line("## Means\n");
	table('llrrr', ['workload', 'metric', 'cells', 'geometric mean', 'worst–best'], map {
		my $workload = $_->[0];

		map {
			[$workload, $_, show_mean(ratios_to('before', $workload, $_, 0))]
		} grep { !/$NOISY/ && ratios_to('before', $workload, $_, 0) } metrics_of($workload)
	} @WORKLOADS);
	if (my @rows = over_sizes(grep { !is_noise($_) } @all)) {
		say_line("Of cells that were measured at $SIZES sizes or more:\n");
		table('llrlrrr', ['workload', 'cell', 'threads', 'metric', 'sizes', 'geometric mean', 'worst–best'], map {
			my ($workload, $cell, $threads, $metric, $ratios) = @$_;

			[$workload, show_cell($cell), $threads, $metric, show_mean(@$ratios)]
		} @rows);
	}
	say_line("## All cells, the worst first\n");
	table('llrlrrrl', ['workload', 'cell', 'threads', 'metric', 'this commit', 'before', 'ratio', ''], map {
		[$_->{workload}, show_cell($_->{cell}), $_->{threads}, $_->{metric}, show($_->{ours}), show($_->{theirs}),
			show_ratio(@$_{qw(ratio least greatest)}), $_->{ratio} < 1 ? remark($_) : '']
	} @worst, worst_first(@noise));
}

sub write_losses
{
	my (@rows, @losses);

	for my $peer (rivals()) {
		my @all = comparisons($peer);
		my @lost = grep { $_->{ratio} < 1 } @all;
		my @clear = grep { remark($_) eq '' } @lost;

		next unless @all;
		push @rows, [$peer, scalar @all, scalar @lost, scalar @clear];
		push @losses, @lost;
	}
	say_line("## Where nbmap loses\n");
	say_line("A ratio says how many times as good nbmap is: below 1 it loses.  \"Clearly\" is in every");
	say_line("round, and not by a latency that is the machine's noise.\n");
	table('lrrr', ['peer', 'comparisons', 'lost', 'clearly'], @rows);

	my @concurrent = worst_first(grep { $_->{peer} ne 'abseil' } @losses);
	my @abseil = worst_first(grep { $_->{peer} eq 'abseil' } @losses);

	if (@concurrent) {
		say_line("To concurrent maps, the worst first:\n");
		table_of_losses(@concurrent);
	} else {
		say_line("To concurrent maps it loses in no cell.\n");
	}
	return unless $known{abseil};
	if (@abseil) {
		say_line("To abseil's `flat_hash_map`, which is not concurrent and stands for what one thread could");
		say_line("have at best:\n");
		table_of_losses(@abseil);
	} else {
		say_line("To abseil's `flat_hash_map`, which is not concurrent, it loses in no cell.\n");
	}
}

# ---- Bars ---------------------------------------------------------------------

# nbmap's own value in the cell that has all of `wanted`.
sub own
{
	my ($workload, $metric, $threads, %wanted) = @_;
	my @cells = grep { matches($_, %wanted) } cells_of($workload, $metric);

	return @cells ? value($workload, $metric, $cells[0], $threads, 'nbmap') : undef;
}

sub quotient
{
	my ($above, $below) = @_;

	return defined $above && $below ? $above / $below : undef;
}

sub mean_against
{
	return geometric_mean(ratios_to(@_));
}

sub worst_against
{
	return (extent(ratios_to(@_)))[0];
}

sub two_threads_against_one
{
	return geometric_mean(grep { defined } map {
		my $cell = $_;

		quotient(map { value('mix', 'mops', $cell, $_, 'nbmap') } 2, 1)
	} cells_of('mix', 'mops'));
}

# How far resident memory moves in a long churn: the most over the least.
sub churn_drift
{
	my @seen = grep { defined } map { own('churn', $_, $_[0], live => 1000000) }
		grep { /^resident/ } metrics_of('churn');
	my ($least, $most) = extent(@seen);

	return quotient($most, $least);
}

# The ratio, and if both are the machine's noise, that.
sub grown_latency
{
	my ($metric, $threads, $grown, $still) = @_;
	my @ns = map { own('latency', $metric, $threads, %$_) } $grown, $still;

	return (quotient(@ns), all_are_noise($metric, @ns) ? "noise: $ns[0] and $ns[1] ns" : undef);
}

my %INSERT = (op => 'insert', table => 'growing');
my %OVERWRITE = (op => 'update', table => 'still');
my %READ_GROWING = (op => 'get', table => 'growing');
my %READ_STILL = (op => 'get', table => 'still');

# The most that nbmap has of the metric in a cell of outrun that has all of `wanted`.
sub outrun_most
{
	my ($metric, %wanted) = @_;
	my @values;

	for my $cell (grep { matches($_, %wanted) } cells_of('outrun', $metric)) {
		push @values, grep { defined } map { value('outrun', $metric, $cell, $_, 'nbmap') }
			threads_of('outrun', $metric, $cell);
	}
	return @values ? (extent(@values))[1] : undef;
}

sub outrun_bars
{
	my @writing = (pattern => [qw(overwrite churn mix)], free => 0);

	return (
		['refused, in any cell', '<=', 0, outrun_most('refused')],
		['waiting at most, in any cell', '<=', 1e6, outrun_most('peak_pending', @writing)],
		['waiting at most, where a free takes 300 or 1000 ns', '<=', 2e6,
			outrun_most('peak_pending', free => [300, 1000])],
		['waiting at most against cds_lfht, worst cell', '>=', 1,
			worst_against('cds_lfht', 'outrun', 'peak_pending', 0, @writing)],
		['operations against cds_lfht, worst cell', '>=', 1.3,
			worst_against('cds_lfht', 'outrun', 'mops', 0, @writing)],
		['barrier beside three writers, median, ms', '<=', 200,
			quotient(outrun_most('p50_ns', pattern => 'barrier'), 1e6)],
		['beside a clear: waiting at most', '<=', 1e6, outrun_most('peak_pending', pattern => 'clear')],
		['beside a clear: longest put, ms', '<=', 20, quotient(outrun_most('max_ns', pattern => 'clear'), 1e6)],
	);
}

# Each bar: what is measured, ">=" or "<=", what is required (undef: it is only told), what was measured, and if that
# decides nothing, why.
sub bars
{
	my @large = (n => 10000000);

	return (
		(map {
			my ($peer, $required) = @$_;

			["mix: geometric mean against $peer, all threads", '>=', $required,
				mean_against($peer, 'mix', 'mops', 0)]
		} [cds_lfht => 3], [libcuckoo => 2], [tbb => 2.5]),
		['mix: geometric mean against abseil, threads 1', '>=', 0.85, mean_against('abseil', 'mix', 'mops', 1)],
		['mix: worst cell against abseil, threads 1', '>=', 0.6, worst_against('abseil', 'mix', 'mops', 1)],
		['mix: two threads over one, geometric mean', '>=', 1.8, two_threads_against_one()],
		['strings: geometric mean against cds_lfht', '>=', 2, mean_against('cds_lfht', 'strings', 'mops', 0)],
		(map {
			["fill: $_ to 10^7 against cds_lfht, all threads", '>=', 3,
				mean_against('cds_lfht', 'fill', 'mops', 0, @large, start => $_)]
		} qw(presized growing)),
		(map {
			["fill: growing over presized, 10^7, threads $_", '>=', 0.5,
				quotient(own('fill', 'mops', $_, @large, start => 'growing'),
					own('fill', 'mops', $_, @large, start => 'presized'))]
		} 1, 2),
		(map {
			["latency: p99.99 of inserts, growing, over overwrites, still, threads $_", '<=', 2,
				grown_latency('p99.99_ns', $_, \%INSERT, \%OVERWRITE)]
		} 1, 2),
		(map {
			["latency: longest insert against libcuckoo's, threads $_", '>=', 10,
				mean_against('libcuckoo', 'latency', 'max_ns', $_, %INSERT)]
		} 1, 2),
		(map {
			["latency: $_ of a reader, growing over still", '<=', 1.5,
				grown_latency("${_}_ns", 2, \%READ_GROWING, \%READ_STILL)]
		} qw(p99.9 p99.99)),
		['churn: 10^6 live against cds_lfht, all threads', '>=', 2,
			mean_against('cds_lfht', 'churn', 'mops', 0, live => 1000000)],
		(map { ["churn: resident memory, most over least, threads $_", '<=', undef, churn_drift($_)] } 1, 2),
		(map {
			my ($after, $required) = @$_;

			["memory: resident bytes an entry, $after, 10^7", '<=', $required,
				own('memory', 'resident_bytes_entry', 1, @large, after => $after)]
		} [presized => 24], [growth => 40]),
		(map {
			["stopped: throughput kept beside a stopped thread, threads $_", '>=', undef,
				quotient(own('stopped', 'mops', $_, thread => 'stopped'),
					own('stopped', 'mops', $_, thread => 'ended'))]
		} 1, 2),
		['batch: 32 gets at once over one by one, 10^7, all hits, threads 1', '>=', 1.8,
			quotient(own('batch', 'mops', 1, @large, hits => 100, batch => 32),
				own('batch', 'mops', 1, @large, hits => 100, batch => 1))],
		['hits: ns for a get in cache, 10^4, all hits, threads 1', '<=', 12,
			quotient(1000, own('hits', 'mops', 1, n => 10000, hits => 100))],
		(map { ["outrun: $_->[0]", @$_[1 .. 3]] } $series{outrun} ? outrun_bars() : ()),
	);
}

sub write_bars
{
	my @rows = map {
		my ($what, $order, $required, $measured, $void) = @$_;
		my $met = !defined $measured || !defined $required ? ''
			: ($order eq '>=' ? $measured >= $required : $measured <= $required) ? 'yes' : $void // '**no**';
		my $words = $order eq '>=' ? 'at least' : 'at most';

		[$what, defined $required ? "$words $required" : '–', show($measured), $met]
	} grep { whole() || defined $_->[3] } bars();

	return unless @rows;
	say_line(whole() ? "## Bars\n" : "## Bars of $subject\n");
	table('lrrl', ['what', 'required', 'measured', 'met'], @rows);
}

# ---- Ceiling ------------------------------------------------------------------

# From where to where `empty` goes over the cells.
sub ceiling_row
{
	my ($workload, $metric, $threads) = @_;
	my @values = grep { defined } map { value($workload, $metric, $_, $threads, 'empty') }
		cells_of($workload, $metric);
	my ($least, $most) = extent(@values);

	return @values ? [$workload, $metric, $threads, show($least), show($most)] : ();
}

sub write_ceiling
{
	my @rows;

	for my $workload (map { $_->[0] } @WORKLOADS) {
		for my $metric (metrics_of($workload)) {
			push @rows, map { ceiling_row($workload, $metric, $_) } threads_of($workload, $metric);
		}
	}
	return unless @rows;
	say_line("## The harness's ceiling\n");
	say_line("What the loops measure with no map in them: no peer can be faster.  Over all cells:\n");
	table('llrrr', ['workload', 'metric', 'threads', 'least', 'most'], @rows);
}

# ---- Workloads ----------------------------------------------------------------

# Workloads that a plot was drawn of, and where the page finds it; undefined if it has none.
my (%drawn, $links);

# Peers that have anything in this metric.
sub peers_in
{
	my ($workload, @metrics) = @_;
	my %found;

	for my $metric (@metrics) {
		for my $cell (cells_of($workload, $metric)) {
			$found{$_} = 1 for map { keys %$_ } values %{$series{$workload}{$metric}{$cell}};
		}
	}
	return grep { $found{$_} } @PEERS;
}

sub write_means
{
	my ($workload, @metrics) = @_;
	my @peers = grep { $_ ne 'nbmap' && $_ ne 'empty' } peers_in($workload, @metrics);
	my @rows;

	for my $metric (@metrics) {
		for my $threads (threads_of($workload, $metric)) {
			my @means = map { [ratios_to($_, $workload, $metric, $threads)] } @peers;

			next unless grep { @$_ } @means;
			push @rows, [$metric, $threads, map { show_ratio(geometric_mean(@$_), extent(@$_)) } @means];
		}
	}
	return unless @rows;
	say_line("nbmap against each peer: geometric mean of the ratios of all cells (worst–best cell).\n");
	table('lr' . 'r' x @peers, ['metric', 'threads', @peers], @rows);
}

# Each peer's median, and beneath what nbmap's ratio to it is.
sub write_values
{
	my ($workload, $metric) = @_;
	my @peers = peers_in($workload, $metric);
	my @rows;

	for my $cell (cells_of($workload, $metric)) {
		for my $threads (threads_of($workload, $metric, $cell)) {
			my @place = ($workload, $metric, $cell, $threads);
			my @shown = map { show(value(@place, $_)) } @peers;

			for my $i (0 .. $#peers) {
				next if $peers[$i] =~ /^(?:nbmap|empty)$/;

				my @ratio = ratio($metric, rounds(@place, 'nbmap'), rounds(@place, $peers[$i]));

				$shown[$i] .= ' · ' . show_ratio(@ratio) if @ratio;
			}
			push @rows, [show_cell($cell), $threads, @shown];
		}
	}
	say_line("`$metric`: median · ratio of nbmap to it (least–greatest round).\n");
	table('lr' . 'r' x @peers, ['cell', 'threads', @peers], @rows);
}

# Latencies: a peer a line, so that a distribution is read from left to right.
sub write_percentiles
{
	my ($workload, @metrics) = @_;
	my @peers = peers_in($workload, @metrics);
	my @rows;

	for my $cell (cells_of($workload, $metrics[0])) {
		for my $threads (threads_of($workload, $metrics[0], $cell)) {
			for my $peer (@peers) {
				my @values = map { value($workload, $_, $cell, $threads, $peer) } @metrics;

				push @rows, [show_cell($cell), $threads, $peer, map { show($_) } @values] if grep { defined } @values;
			}
		}
	}
	say_line("Nanoseconds, medians of the rounds.\n");
	table('lrl' . 'r' x @metrics, ['cell', 'threads', 'peer', map { s/_ns$//r } @metrics], @rows);
}

# The cells of a pattern of outrun, and what their rows call them.
sub outrun_cells
{
	my ($pattern) = @_;

	return grep { matches($_, pattern => $pattern) } cells_of('outrun', 'mops');
}

sub outrun_name
{
	my ($cell) = @_;

	return show_cell($cell =~ s/^pattern=[^;]*;?//r);
}

sub show_count
{
	my ($count) = @_;

	return defined $count ? sprintf('%.0f', $count) : undef;
}

# nbmap beside a peer in one cell: the row, and whether, and how far, nbmap is behind in it.
sub outrun_row
{
	my ($cell, $threads, $peer) = @_;
	my @row = (outrun_name($cell), $threads);
	my @ratios;

	for my $metric (qw(mops mean_pending peak_pending)) {
		my @place = ('outrun', $metric, $cell, $threads);
		my @ratio = ratio($metric, map { rounds(@place, $_) } 'nbmap', $peer);

		push @row, (map { show(value(@place, $_)) } 'nbmap', $peer), show_ratio(@ratio);
		push @ratios, $ratio[0] if @ratio;
	}

	my $refused = value('outrun', 'refused', $cell, $threads, 'nbmap');
	my ($worst) = extent(@ratios);

	return {
		row => [@row, show_count($refused)], worst => $worst // 1,
		behind => $refused || (defined $worst && $worst < 1),
	};
}

# Rows in which nbmap is behind come first, the worst of them at the top; then the others as they were run.
sub write_outrun_writers
{
	my ($pattern, $what, $peer) = @_;
	my @rows = map {
		my $cell = $_;

		map { outrun_row($cell, $_, $peer) } threads_of('outrun', 'mops', $cell)
	} outrun_cells($pattern);
	my @behind = sort { $a->{worst} <=> $b->{worst} } grep { $_->{behind} } @rows;

	return unless @rows;
	say_line("### $what (`$pattern`)\n");
	table('lr' . 'r' x 10, ['cell', 'writers', 'mops', "$peer has", 'ratio', 'pending', "$peer has", 'ratio',
			'at most pending', "$peer has", 'ratio', 'nbmap refused'],
		map { $_->{row} } @behind, grep { !$_->{behind} } @rows);
}

# What only nbmap takes part in: a row a cell, of [title, metric, divisor]; without a divisor it is a count.
sub table_alone
{
	my ($workload, $cells, @columns) = @_;
	my @rows;

	for my $cell (@$cells) {
		for my $threads (threads_of($workload, 'mops', $cell)) {
			push @rows, [outrun_name($cell), $threads, map {
				my $value = value($workload, $_->[1], $cell, $threads, 'nbmap');

				!$_->[2] ? show_count($value) : show(defined $value ? $value / $_->[2] : undef)
			} @columns];
		}
	}
	table('lr' . 'r' x @columns, ['cell', 'writers', map { $_->[0] } @columns], @rows);
}

sub write_outrun_alone
{
	my ($pattern, $what, @columns) = @_;
	my @cells = outrun_cells($pattern) or return;

	say_line("### $what (`$pattern`)\n");
	table_alone('outrun', \@cells, @columns);
}

sub write_expiry
{
	say_line("Medians of the rounds.\n");
	table_alone('expiry', [cells_of('expiry', 'mops')], ['longest section, ms', 'longest_section_ns', 1e6],
		['sections', 'sections'], ['expired', 'expired'], ['at most pending', 'peak_pending'],
		['refused', 'refused'], ['mops of the writers', 'mops', 1], ['p99.9 put, ms', 'p99.9_ns', 1e6],
		['longest put, ms', 'max_ns', 1e6]);
}

sub write_outrun
{
	my @peers = grep { $_ ne 'nbmap' } peers_in('outrun', 'mops');

	write_means('outrun', qw(mops mean_pending peak_pending));
	say_line("`pending` is what waits to be freed, a mean over the last half of a run.  Rows in which nbmap is");
	say_line("behind in anything come first.\n");
	for my $peer (@peers ? @peers : 'no peer') {
		write_outrun_writers('overwrite', 'Puts over 1024 keys', $peer);
		write_outrun_writers('churn', 'Fresh keys for old ones', $peer);
		write_outrun_writers('mix', '80 % gets, 20 % puts of 100000 keys', $peer);
	}
	write_outrun_alone('barrier', 'Barriers beside writers', ['median, ms', 'p50_ns', 1e6], ['longest, ms', 'max_ns', 1e6],
		['barriers', 'barriers'], ['mops', 'mops', 1], ['at most pending', 'peak_pending'], ['refused', 'refused']);
	write_outrun_alone('clear', 'Puts beside a large map that is cleared', ['refused', 'refused'],
		['p99.9 put, ms', 'p99.9_ns', 1e6], ['longest put, ms', 'max_ns', 1e6], ['mops', 'mops', 1],
		['at most pending', 'peak_pending'], ['clear, ms', 'clear_ns', 1e6], ['seconds until freed', 'drain_seconds', 1]);
}

sub show_plot
{
	my ($workload) = @_;

	say_line("![$workload]($links/$workload.svg)\n") if defined $links && $drawn{$workload};
}

sub write_workload
{
	my ($workload, $title) = @_;
	my @metrics = metrics_of($workload) or return;
	my @latencies = grep { /$PERCENTILE/ } @metrics;
	my @others = grep { !/$PERCENTILE/ } @metrics;

	say_line("## $title (`$workload`)\n");
	show_plot($workload);
	return write_outrun() if $workload eq 'outrun';
	return write_expiry() if $workload eq 'expiry';
	write_means($workload, @others, @latencies);
	write_values($workload, $_) for @others;
	write_percentiles($workload, @latencies) if @latencies;
}

sub write_unfinished
{
	my @rows;

	for my $workload (map { $_->[0] } @WORKLOADS) {
		my $of_cell = $unfinished{$workload} // {};

		for my $cell (sort { $cell_order{$workload}{$a} <=> $cell_order{$workload}{$b} } keys %$of_cell) {
			for my $threads (sort { $a <=> $b } keys %{$of_cell->{$cell}}) {
				my $of_peer = $of_cell->{$cell}{$threads};

				push @rows, [$workload, show_cell($cell), $threads, $_, scalar keys %{$of_peer->{$_}}]
					for grep { $of_peer->{$_} } @PEERS;
			}
		}
	}
	say_line("## Runs that did not finish\n");
	say_line("Ended by the time box, or, in `stopped`, hung on what the stopped thread held.\n");
	if (@rows) {
		table('llrlr', ['workload', 'cell', 'threads', 'peer', 'rounds'], @rows);
	} else {
		say_line("None.\n");
	}
}

sub write_origin
{
	say_line("## Where this was measured\n");
	say_line("- $_") for @comments;
	say_line('');
}

sub write_tables
{
	if ($known{before}) {
		write_before();
		write_unfinished();
		write_origin();
		return;
	}
	write_losses() if whole() || $subject eq 'wordcount';
	write_bars();
	write_ceiling();
	write_workload(@$_) for @WORKLOADS;
	write_unfinished();
	write_origin();
}

# ---- Plots --------------------------------------------------------------------

my %COLOR = (
	nbmap => '#d62728', cds_lfht => '#1f77b4', ck_ht => '#8c564b', libcuckoo => '#2ca02c', tbb => '#ff7f0e',
	glib => '#7f7f7f', java_chm => '#9467bd', java_nbhm => '#e377c2', abseil => '#17becf', empty => '#c7c7c7',
);

# A panel has a title, labels along x, and for each peer as many values.
sub panel
{
	my ($title, $labels, $of_peer) = @_;
	my @peers = grep { $of_peer->{$_} && grep { defined } @{$of_peer->{$_}} } @PEERS;

	return @peers ? {title => $title, labels => $labels, peers => \@peers, of_peer => $of_peer} : ();
}

sub data_block
{
	my ($name, $panel, $style) = @_;
	my $text = "\$$name << end\n";

	for my $i (0 .. $#{$panel->{labels}}) {
		my @row = map { $panel->{of_peer}{$_}[$i] // 'nan' } @{$panel->{peers}};

		my $label = $panel->{labels}[$i] =~ s{, }{\\n}gr;

		$text .= join(' ', $style =~ /time/ ? $label : "\"$label\"", @row) . "\n";
	}
	return $text . "end\n";
}

sub plot_command
{
	my ($name, $panel, $style) = @_;
	my @peers = @{$panel->{peers}};

	return 'plot ' . join(", \\\n     ", map {
		my $color = $COLOR{$peers[$_]};
		my $column = $_ + 2;
		my $title = $peers[$_] =~ s/_/ /r;
		my $what = $style =~ /time/ ? "using 1:$column" : $style =~ /bars/ ? "using $column:xtic(1)"
			: "using 0:$column:xtic(1)";
		my $with = $style =~ /time/ ? "with lines lw 1.5 lc rgb '$color'"
			: $style =~ /bars/ ? "with histogram lc rgb '$color'"
			: "with linespoints lw @{[$peers[$_] eq 'nbmap' ? 3 : 1.5]} pt 7 ps 0.5 lc rgb '$color'";

		"\$$name $what $with title '$title'"
	} 0 .. $#peers) . "\n";
}

# One SVG of panels, `columns` in a row.
sub plot
{
	my ($directory, $name, $columns, $unit, $style, @panels) = @_;

	return () unless @panels;
	$columns = @panels if $columns > @panels;

	my $rows = int((@panels + $columns - 1) / $columns);
	my $panel_width = $style =~ /bars/ ? 980 : $style =~ /time/ ? 400 : $style =~ /log/ ? 520 : 420;
	my ($width, $height) = ($panel_width * $columns, 300 * $rows);
	my $script = "set terminal svg size $width,$height font 'sans,11' background 'white'\n"
		. "set output '$name.svg'\nset multiplot layout $rows,$columns\n"
		. "set grid ytics lt 1 lc rgb '#dddddd'\nset key outside right top samplen 1.5\nset border 3\nset tics nomirror\n"
		. "set ylabel '$unit'\n";

	$script .= $style =~ /log/ ? "set logscale y\nset format y '10^{%T}'\n" : "set yrange [0:*]\n";
	$script .= "set style data histogram\nset style histogram clustered gap 1\nset style fill solid\nset bmargin 4\n"
		if $style =~ /bars/;
	$script .= "set xlabel 'seconds'\nset xrange [0:*]\n" if $style =~ /time/;
	$script .= data_block("panel$_", $panels[$_], $style) for 0 .. $#panels;
	for my $i (0 .. $#panels) {
		$script .= "set title \"$panels[$i]{title}\" noenhanced\n";
		$script .= 'set xrange [-0.3:' . ($#{$panels[$i]{labels}} + 0.3) . "]\n" if $style !~ /bars|time/;
		$script .= plot_command("panel$i", $panels[$i], $style);
	}
	spill("$directory/$name.gp", $script . "unset multiplot\n");
	return $name;
}

# The peers' values in the cells, in that order.
sub values_of
{
	my ($workload, $metric, $threads, @cells) = @_;

	return {map {
		my $peer = $_;

		$peer => [map { value($workload, $metric, $_, $threads, $peer) } @cells]
	} grep { $_ ne 'empty' } @PEERS};
}

# The cells in groups that differ in `key` only: [what they share, cells in order of `key`].
sub groups_by
{
	my ($key, @cells) = @_;
	my (%group, @order);

	for my $cell (@cells) {
		my $rest = join ';', grep { !/^\Q$key\E=/ } split /;/, $cell;

		push @order, $rest unless $group{$rest};
		push @{$group{$rest}}, $cell;
	}
	for my $cells (values %group) {
		@$cells = sort { number_of({parts($a)}->{$key}) <=> number_of({parts($b)}->{$key}) } @$cells;
	}
	return map { [$_, @{$group{$_}}] } @order;
}

# Uniform keys: a row of panels for each number of threads, a column for each size.
sub plot_mix
{
	my ($directory) = @_;
	my @groups = groups_by('u', grep { matches($_, dist => 'uniform') } cells_of('mix', 'mops'));
	my @panels = map {
		my $threads = $_;

		map {
			my ($rest, @cells) = @$_;
			my %has = parts($rest);

			panel("n = $has{n}, threads $threads", [map { {parts($_)}->{u} . '%' } @cells],
				values_of('mix', 'mops', $threads, @cells))
		} @groups
	} threads_of('mix', 'mops');

	return plot($directory, 'mix', scalar @groups, 'million operations/s', 'lines', @panels);
}

# A panel for each number of threads, a cluster of bars for each cell.
sub plot_bars
{
	my ($directory, $workload, $metric, $unit) = @_;
	my @cells = cells_of($workload, $metric);

	return plot($directory, $workload, 1, $unit, 'bars', map {
		panel("threads $_", [map { show_cell($_) } @cells], values_of($workload, $metric, $_, @cells))
	} threads_of($workload, $metric));
}

sub plot_latency
{
	my ($directory) = @_;
	my @metrics = grep { /$PERCENTILE/ } metrics_of('latency') or return ();
	my @panels;

	for my $cell (cells_of('latency', $metrics[0])) {
		for my $threads (threads_of('latency', $metrics[0], $cell)) {
			my %of_peer = map {
				my $peer = $_;

				$peer => [map { value('latency', $_, $cell, $threads, $peer) } @metrics]
			} @PEERS;

			push @panels, panel(show_cell($cell) . ", threads $threads", [map { s/_ns$//r } @metrics], \%of_peer);
		}
	}
	return plot($directory, 'latency', 2, 'ns', 'lines log', @panels);
}

# As many moments as a panel has room for.
use constant MOMENTS => 100;

# What waits to be freed over time.
sub pending_panel
{
	my ($cell, $threads) = @_;
	my @all = sort { $a <=> $b } map { /$SERIES/ ? $1 : () } keys %{$series{outrun}};
	my @times = grep { $series{outrun}{"pending_${_}ms"}{$cell}{$threads} } @all;
	my $step = 1 + int($#times / MOMENTS);

	@times = @times[grep { $_ % $step == $step - 1 } 0 .. $#times];

	my %of_peer = map {
		my $peer = $_;

		# None would have no place on a logarithmic axis.
		$peer => [map {
			my $pending = value('outrun', "pending_${_}ms", $cell, $threads, $peer);

			defined $pending && $pending < 1 ? 1 : $pending
		} @times]
	} @PEERS;
	my %has = parts($cell);

	return panel("$has{flavor}, $threads writer@{[$threads > 1 ? 's' : '']}", [map { $_ / 1000 } @times], \%of_peer);
}

# Writers that only overwrite, one and eight of them: a row of panels for each number, a column for each flavour.
sub plot_outrun
{
	my ($directory) = @_;
	my @cells = grep { matches($_, section => 20, free => 0) } outrun_cells('overwrite');
	my @panels = map {
		my $threads = $_;

		map { pending_panel($_, $threads) } @cells
	} 1, 8;

	return plot($directory, 'outrun', scalar @cells, 'waiting to be freed', 'time log', @panels);
}

sub write_plots
{
	my ($directory) = @_;

	eval { make_path($directory); 1 } or fail("$directory: $@");
	$drawn{$_} = 1 for plot_mix($directory), plot_latency($directory), plot_outrun($directory),
		plot_bars($directory, 'memory', 'resident_bytes_entry', 'resident bytes/entry'),
		plot_bars($directory, 'wordcount', 'mops', 'million words/s');
	draw($directory, sort keys %drawn);
}

# ---- The whole ----------------------------------------------------------------

my ($page, $plots, @files);

while (@ARGV) {
	my $argument = shift @ARGV;

	if ($argument eq '--page' || $argument eq '--plots') {
		@ARGV or fail("$argument takes a name");
		$argument eq '--page' ? $page = shift @ARGV : ($plots = shift @ARGV);
	} elsif ($argument =~ /^-/) {
		fail("no such option: $argument");
	} else {
		push @files, $argument;
	}
}
@files or fail('usage: report.pl [--page FILE] [--plots DIRECTORY] CSV...');
if (defined $page) {
	$subject = basename($page, '.md');
	exists $HEADING{$subject} or fail("$page: a page is called " . join(', ', map { "$_->[0].md" } @PAGES));
}
read_csv($_) for @files;
drop_unfinished();
# The plots are of other pages.
write_plots($plots) if defined $plots && !$known{before};
$links = File::Spec->abs2rel($plots, dirname($page)) if defined $plots && defined $page;
write_tables();
if (defined $page) {
	write_page($page, $HEADING{$subject}, 'bench/compare/report.pl', \@comments, $out, @files);
} else {
	print $out or fail("cannot write: $!");
	close STDOUT or fail("cannot write: $!");
}
