#!/usr/bin/env bash
# dnsseed.sh FOLDER ADDRESS PORT [ZONE...]
#
# An authoritative DNS server (Debian's nsd) for the zones of a test, at ADDRESS:PORT, UDP and TCP, in the foreground: it becomes the server. A ZONE is
# a zone file, named like its zone; "_root" stands for the root zone, with which every other name is NXDOMAIN instead of REFUSED. A zone file that is
# there but holds no zone makes the server answer SERVFAIL for it. Without ZONEs, those of a seed named seed.example are made (see below).
#
# Ready once it accepts TCP connections. Everything it writes goes into FOLDER. It ends like any program, by a signal.
set -euo pipefail

fail() { printf 'dnsseed: %s\n' "$*" >&2; exit 1; }

[ $# -ge 3 ] || { echo "usage: dnsseed.sh FOLDER ADDRESS PORT [ZONE...]" >&2; exit 2; }
nsd=$(command -v nsd || echo /usr/sbin/nsd)
[ -x "$nsd" ] || fail "there is no nsd; install the Debian package nsd"
mkdir -p "$1/zones"
folder=$(cd "$1" && pwd -P)
[[ $folder =~ ^[A-Za-z0-9._/+-]+$ ]] || fail "the path $folder has characters other than letters, digits and ._/+-; choose another"
address=$2 port=$3
shift 3

# head ZONE: the records that every zone begins with.
head() { printf '$ORIGIN %s\n$TTL 60\n@ SOA ns.seed.example. hostmaster.seed.example. 1 3600 600 86400 60\n@ NS ns.seed.example.\n' "$1"; }

# records NAME A-COUNT A-PREFIX AAAA-COUNT AAAA-PREFIX
records() {
    local i
    for ((i = 1; i <= $2; i++)); do printf '%s A %s.%d\n' "$1" "$3" "$i"; done
    for ((i = 1; i <= $4; i++)); do printf '%s AAAA %s::%x\n' "$1" "$5" "$i"; done
}

# seed.example, as the seeds of Bitcoin are: peers at the name itself, and by service bits below it.
#   @ 25 A and 10 AAAA; x1 x5 x9 x49 x409 x809 x849 xd xc09 12 A and 4 AAAA; x9.big 60 A (fits into one packet of 1232 bytes); x9.bigboth 60 A and
#   60 AAAA (does not: TCP); x9.v4only, x9.v6only; x9.alias, a CNAME of x9; x9.empty without addresses. Any other name is NXDOMAIN.
# broken.example: SERVFAIL.
make_zones() {
    local services
    {
        head seed.example.
        printf 'ns A %s\n' "$address"
        records @ 25 20.1.0 10 2a01:4f8:1
        for services in x1 x5 x9 x49 x409 x809 x849 xd xc09; do records "$services" 12 20.2.0 4 2a01:4f8:2; done
        records x9.big 60 20.3.0 0 -
        records x9.bigboth 60 20.4.0 60 2a01:4f8:4
        records x9.v4only 1 20.5.0 0 -
        records x9.v6only 0 - 1 2a01:4f8:5
        printf 'x9.alias CNAME x9\nx9.empty TXT "no addresses"\n'
    } >"$folder/zones/seed.example"
    head . >"$folder/zones/_root"
    echo 'this is no zone' >"$folder/zones/broken.example"
}

if [ $# -eq 0 ]; then make_zones; else cp "$@" "$folder/zones/"; fi

{
    cat <<CONF
server:
    ip-address: $address@$port
    username: ""
    chroot: ""
    zonesdir: "$folder/zones"
    database: ""
    pidfile: "$folder/pid"
    xfrdfile: "$folder/xfrd.state"
    xfrdir: "$folder"
    zonelistfile: "$folder/zone.list"
    server-count: 1
    hide-version: yes
    rrl-ratelimit: 0
    round-robin: yes
    minimal-responses: yes
    tcp-count: 100
remote-control:
    control-enable: no
CONF
    for file in "$folder"/zones/*; do
        name=${file##*/}
        [ "$name" != _root ] || name=.
        printf 'zone:\n    name: "%s"\n    zonefile: "%s"\n' "$name" "${file##*/}"
    done
} >"$folder/nsd.conf"
exec "$nsd" -c "$folder/nsd.conf" -d
