#!/usr/bin/perl
# Writes a small MaxMind DB with countries and AS numbers for test networks, mainly 127.0.0.0/8.
#
#   make_mmdb.pl [--ip-version 4|6] OUT.mmdb [--layout NAME] PREFIX COUNTRY ASN ORG ...
#
# Four arguments a network; AS numbers should be documentation ones (64496-64511, RFC 5398). An empty
# COUNTRY, ASN or ORG leaves that field out. --layout sets the form of the records after it:
#   maxmind     country.iso_code, autonomous_system_number, autonomous_system_organization (the default)
#   registered  the same with registered_country.iso_code
#   flat        country_code, and the AS fields of maxmind
#   ipinfo      country_code, asn as "AS64496", as_name
#   enterprise  country.iso_code, the AS fields under traits
#
# tests/unit/data/loopback.mmdb and loopback_ipv4.mmdb are made by tests/unit/data/make_loopback.sh.
use strict;
use warnings;

use MaxMind::DB::Writer::Tree;

my %type_of = (
    (map { $_ => 'map' } qw(country registered_country traits)),
    (map { $_ => 'utf8_string' } qw(iso_code country_code asn as_name autonomous_system_organization)),
    autonomous_system_number => 'uint32',
);

my %record_of = (
    maxmind => sub {
        my ($country, $asn, $org) = @_;
        return (country => { iso_code => $country }, as_fields($asn, $org));
    },
    registered => sub {
        my ($country, $asn, $org) = @_;
        return (registered_country => { iso_code => $country }, as_fields($asn, $org));
    },
    flat => sub {
        my ($country, $asn, $org) = @_;
        return (country_code => $country, as_fields($asn, $org));
    },
    ipinfo => sub {
        my ($country, $asn, $org) = @_;
        return (country_code => $country, asn => $asn eq '' ? '' : "AS$asn", as_name => $org);
    },
    enterprise => sub {
        my ($country, $asn, $org) = @_;
        return (country => { iso_code => $country }, traits => { as_fields($asn, $org) });
    },
);

sub as_fields {
    my ($asn, $org) = @_;
    return (autonomous_system_number => $asn, autonomous_system_organization => $org);
}

# The record without its empty fields, and without maps that are empty then.
sub prune {
    my ($record) = @_;
    for my $key (keys %$record) {
        my $value = $record->{$key};
        if (ref $value) {
            prune($value);
            delete $record->{$key} unless %$value;
        } elsif ($value eq '') {
            delete $record->{$key};
        }
    }
    return $record;
}

sub usage {
    die "usage: make_mmdb.pl [--ip-version 4|6] OUT.mmdb [--layout NAME] PREFIX COUNTRY ASN ORG ...\n";
}

my $ip_version = 6;
if (@ARGV >= 2 && $ARGV[0] eq '--ip-version') {
    (undef, $ip_version) = splice @ARGV, 0, 2;
}
my $out = shift @ARGV // usage();

my $tree = MaxMind::DB::Writer::Tree->new(
    ip_version               => $ip_version,
    record_size              => 24,
    database_type            => 'mxgrade-test',
    languages                => ['en'],
    description              => { en => 'made-up data for tests' },
    map_key_type_callback    => sub { $type_of{ $_[0] } },
    remove_reserved_networks => 0,
);

my $layout = 'maxmind';
while (@ARGV) {
    if ($ARGV[0] eq '--layout') {
        (undef, $layout) = splice @ARGV, 0, 2;
        usage() unless defined $layout && exists $record_of{$layout};
        next;
    }
    usage() if @ARGV < 4;
    my ($prefix, @fields) = splice @ARGV, 0, 4;
    $tree->insert_network($prefix, prune({ $record_of{$layout}->(@fields) }));
}

open my $file, '>:raw', $out or die "$out: $!\n";
$tree->write_tree($file);
close $file or die "$out: $!\n";
