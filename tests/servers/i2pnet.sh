#!/usr/bin/env bash
# i2pnet.sh start|stop|kill|run FOLDER [ROUTER]
#
# A private I2P network of 4 real routers (Debian's i2pd, from sid; that of Debian 12 does not form a network on loopback). Meant for a network namespace that has
# nothing but the loopback device. start returns once each router answers at its SAM port, within seconds. They are too few for tunnels through others: sessions
# have to ask for tunnels of length 0, which need nobody else, and are there after 12 s at most.
#
#   I2PD=FILE   the program (default: i2pd in PATH)
#
# Router N listens for others at 127.(60+N).0.1:17000, its SAM port is 127.0.0.1:1765N. kill ends router N without asking, run starts it again.
set -euo pipefail

fail() { printf 'i2pnet: %s\n' "$*" >&2; exit 1; }

[ $# -ge 2 ] || { echo "usage: i2pnet.sh start|stop|kill|run FOLDER [ROUTER]" >&2; exit 2; }
[ "$1" != start ] || mkdir -p "$2"
[ -d "$2" ] || exit 0 # Nothing was started there.
folder=$(cd "$2" && pwd -P)
[[ $folder =~ ^[A-Za-z0-9._/+-]+$ ]] || fail "the path $folder has characters other than letters, digits and ._/+-; choose another"
routers=(1 2 3 4)
program=${I2PD:-i2pd}

# Router 4 alone keeps what the others publish (floodfill), and answers what they look up. Neither depends on tunnels through others (exploratory), nor on one that
# was killed; a router that kept such things itself would go on using those from before the end of another one. None builds tunnels through others (notransit): a router
# that did would connect to one that starts again just as that one connects to it. They use TCP alone: over UDP, others go on sending to a router that was killed, for minutes.
# None may leave the machine: no reseeding, no time server, no address book, no UPnP.
configure() {
    local floodfill=false
    [ "$1" -lt 4 ] || floodfill=true
    mkdir -p "$folder/$1/tunnels"
    cat >"$folder/$1/i2pd.conf" <<CONF
log = file
logfile = $folder/$1/log
loglevel = warn
daemon = false
host = 127.$((60 + $1)).0.1
address4 = 127.$((60 + $1)).0.1
port = 17000
ipv4 = true
ipv6 = false
nat = false
netid = 77
reservedrange = false
floodfill = $floodfill
notransit = true
bandwidth = X
share = 100
[ntcp2]
enabled = true
published = true
[ssu2]
enabled = false
[sam]
enabled = true
address = 127.0.0.1
port = 1765$1
[http]
enabled = false
[httpproxy]
enabled = false
[socksproxy]
enabled = false
[upnp]
enabled = false
[addressbook]
enabled = false
[nettime]
enabled = false
[reseed]
urls =
yggurls =
threshold = 0
[exploratory]
inbound.length = 0
outbound.length = 0
CONF
    : >"$folder/$1/tunnels.conf"
}

# The recorded process, if it still belongs to this script: another process may have the id by now.
running() {
    local id
    [ -e "$folder/$1/pid" ] || return 0
    read -r id <"$folder/$1/pid"
    if grep -qsF "$folder/$1/" "/proc/$id/cmdline"; then echo "$id"; fi
}

run() {
    "$program" --datadir="$folder/$1" --conf="$folder/$1/i2pd.conf" --tunconf="$folder/$1/tunnels.conf" --tunnelsdir="$folder/$1/tunnels" \
        --certsdir="$folder/$1/tunnels" --pidfile="$folder/$1/own-pid" </dev/null >"$folder/$1/output" 2>&1 &
    echo $! >"$folder/$1/pid"
    disown
}

answers() { (exec 3<>"/dev/tcp/127.0.0.1/1765$1") 2>/dev/null; }

await() { # WHAT COMMAND...: at most 60 s
    local what=$1
    shift
    for _ in $(seq 600); do
        if "$@"; then return; fi
        sleep 0.1
    done
    fail "$what; see $folder"
}

end() { # SIGNAL ROUTER...
    local signal=$1 router id
    shift
    for router; do
        id=$(running "$router")
        [ -z "$id" ] || kill "-$signal" "$id" 2>/dev/null || true
    done
    for router; do await "router $router does not end" has_ended "$router"; done
}

has_ended() { [ -z "$(running "$1")" ]; }

has_identity() { [ -s "$folder/$1/router.info" ]; }

# Puts the description of a router where another one looks for those that it knows. The name is the hash of its identity, in I2P's base64.
introduce() { # ROUTER TO-ROUTER
    local info=$folder/$1/router.info length hash
    length=$((387 + 256 * $(od -An -tu1 -j385 -N1 "$info") + $(od -An -tu1 -j386 -N1 "$info")))
    hash=$(head -c "$length" "$info" | openssl dgst -sha256 -binary | base64 | tr '+/' '-~')
    mkdir -p "$folder/$2/netDb/r${hash:0:1}"
    cp "$info" "$folder/$2/netDb/r${hash:0:1}/routerInfo-$hash.dat"
}

case $1 in
start)
    for router in "${routers[@]}"; do
        configure "$router"
        run "$router"
    done
    # Each makes its identity first. Then the others get to know router 4, and find each other through it: of two that know each other from the start, both may
    # open a connection at once, lose both, and take each other for unreachable.
    for router in "${routers[@]}"; do await "router $router makes no identity" has_identity "$router"; done
    for router in "${routers[@]}"; do await "router $router does not start" answers "$router"; done
    end KILL "${routers[@]}"
    for router in 1 2 3; do introduce 4 "$router"; done
    run 4
    await "router 4 does not answer" answers 4
    for router in 1 2 3; do run "$router"; done
    for router in "${routers[@]}"; do await "router $router does not answer" answers "$router"; done
    ;;
run)
    run "$3"
    await "router $3 does not answer" answers "$3"
    ;;
kill) end KILL "$3" ;;
stop) end KILL "${routers[@]}" ;;
*) fail "$1 is unknown" ;;
esac
