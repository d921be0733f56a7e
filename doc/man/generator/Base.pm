# What all parts of the generator use.
package Base;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT = qw(problem problems read_file names_in);

my $problems = 0;

# Something that is missing or wrong: said at once, and the generator fails in the end.
sub problem
{
	warn "doc/man: @_\n";
	$problems++;
}

sub problems { return $problems }

sub read_file
{
	my ($name) = @_;
	local $/;
	open my $file, '<', $name or die "$name: $!\n";
	return <$file>;
}

# The files of a folder whose names match.
sub names_in
{
	my ($name, $pattern) = @_;
	opendir my $folder, $name or return ();
	return sort grep { /$pattern/ } readdir $folder;
}

1;
