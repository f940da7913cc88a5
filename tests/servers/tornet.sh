#!/usr/bin/env bash
# tornet.sh start|stop FOLDER
#
# A private Tor network of real tor processes (Debian's tor) on 127.0.0.1: 3 directory authorities, 3 exits, 2 clients. Meant for a network namespace that
# has nothing but the loopback device. start returns once all of them have bootstrapped, within 11 to 20 s, or fails after TOR_WAIT seconds (default 120).
#
#   TOR_OWNER=PID       every tor ends by itself, within 15 s, when this process does
#   TOR_NAMESERVER=IP   the name server that the exits ask, at port 53 (default 127.53.0.1)
#
# Clients (FOLDER/c1, FOLDER/c2), both with isolation by SOCKS credentials:
#   c1  SOCKS 9050, SOCKS with extended errors 9150, control 9051 (cookie)
#   c2  SOCKS 9052 and unix FOLDER/c2/socks, control 9053 and unix FOLDER/c2/control (password "secret")
set -euo pipefail

fail() { printf 'tornet: %s\n' "$*" >&2; exit 1; }

[ $# -eq 2 ] || { echo "usage: tornet.sh start|stop FOLDER" >&2; exit 2; }
mkdir -p "$2"
folder=$(cd "$2" && pwd -P)
[[ $folder =~ ^[A-Za-z0-9._/+-]+$ ]] || fail "the path $folder has characters other than letters, digits and ._/+-; choose another"
ip=127.0.0.1
authorities=(a1 a2 a3) exits=(e1 e2 e3) clients=(c1 c2)
all=("${authorities[@]}" "${exits[@]}" "${clients[@]}")
# Voting is on a grid of the wall clock: 4 s before each multiple of this.
interval=10

# The recorded processes that still belong to this script: another process may have the id by now.
running() {
    local file id
    for file in "$folder"/*/pid; do
        [ -e "$file" ] || continue
        read -r id <"$file"
        if grep -qsF "$folder/" "/proc/$id/cmdline"; then echo "$id"; fi
    done
}

stop() {
    local id
    for id in $(running); do kill -INT "$id" 2>/dev/null || true; done
    for _ in $(seq 30); do [ -n "$(running)" ] || break; sleep 0.1; done
    for id in $(running); do kill -KILL "$id" 2>/dev/null || true; done # Now and then one hangs while it ends.
    for _ in $(seq 100); do [ -n "$(running)" ] || break; sleep 0.1; done # No process may write to a folder that is about to be removed.
    rm -f "$folder"/*/pid
}

case $1 in
    stop) stop; exit 0 ;;
    start) ;;
    *) echo "usage: tornet.sh start|stop FOLDER" >&2; exit 2 ;;
esac
command -v tor >/dev/null && command -v tor-gencert >/dev/null || fail "there is no tor; install the Debian package tor"
[ -z "$(running)" ] || fail "it runs already in $folder"

# port NAME: where a relay listens for others; an authority's directory port is 10 above that.
port() { case $1 in a*) echo $((15000 + ${1#a})) ;; e*) echo $((15020 + ${1#e})) ;; esac; }
fingerprint() { cat "$folder/$1/fingerprint.txt"; }

make_keys() {
    local own=$folder/$1
    mkdir -p "$own/keys"
    chmod 700 "$own" "$own/keys"
    if [[ $1 == a* ]]; then
        echo passphrase | tor-gencert --create-identity-key -m 12 -a "$ip:$(($(port "$1") + 10))" --passphrase-fd 0 \
            -i "$own/keys/authority_identity_key" -s "$own/keys/authority_signing_key" -c "$own/keys/authority_certificate" >"$own/gencert.log" 2>&1
    fi
    tor --defaults-torrc "$folder/empty" -f "$folder/empty" --DataDirectory "$own" --ORPort "$(port "$1")" --Address "$ip" --AssumeReachable 1 \
        --Nickname "$1" --list-fingerprint --hush 2>"$own/fingerprint.log" \
        | awk -v name="$1" '$1 == name { $1 = ""; gsub(/ /, ""); print }' >"$own/fingerprint.txt"
    [ -s "$own/fingerprint.txt" ] || { cat "$own/fingerprint.log" >&2; return 1; }
}

# settings NAME DIRECTORY-AUTHORITIES
settings() {
    local own=$folder/$1
    cat <<CONF
TestingTorNetwork 1
$2
DataDirectory $own
Log notice file $own/log
Address $ip
OutboundBindAddress $ip
SafeLogging 0
ShutdownWaitLength 0
PathsNeededToBuildCircuits 0.6
V3AuthNIntervalsValid 2
CONF
    [ -z "${TOR_OWNER:-}" ] || echo "__OwningControllerProcess $TOR_OWNER"
    case $1 in
        c*) ;;
        *) cat <<CONF ;;
Nickname $1
ORPort $ip:$(port "$1") IPv4Only
ContactInfo test@example.invalid
AssumeReachable 1
SocksPort 0
CONF
    esac
    case $1 in
        a*) cat <<CONF ;;
DirPort $ip:$(($(port "$1") + 10))
AuthoritativeDirectory 1
V3AuthoritativeDirectory 1
ExitRelay 0
ExitPolicy reject *:*
TestingV3AuthInitialVotingInterval $interval
TestingV3AuthInitialVoteDelay 2
TestingV3AuthInitialDistDelay 2
V3AuthVotingInterval 20
V3AuthVoteDelay 3
V3AuthDistDelay 3
TestingMinExitFlagThreshold 0
TestingDirAuthVoteExit *
TestingDirAuthVoteGuard *
TestingDirAuthVoteHSDir *
CONF
        e*) cat <<CONF ;;
ExitRelay 1
ExitPolicyRejectPrivate 0
ExitPolicyRejectLocalInterfaces 0
ExitPolicy accept *:*
IPv6Exit 1
ServerDNSResolvConfFile $folder/resolv.conf
ServerDNSAllowBrokenConfig 1
ServerDNSDetectHijacking 0
ServerDNSSearchDomains 0
CONF
        c1) cat <<CONF ;;
SocksPort $ip:9050 IsolateSOCKSAuth IPv6Traffic
SocksPort $ip:9150 IsolateSOCKSAuth IPv6Traffic ExtendedErrors
ControlPort $ip:9051
CookieAuthentication 1
CookieAuthFile $own/control_auth_cookie
ClientUseIPv6 1
CONF
        c2) cat <<CONF ;;
SocksPort $ip:9052 IsolateSOCKSAuth IPv6Traffic
SocksPort unix:$own/socks IsolateSOCKSAuth IPv6Traffic
ControlPort $ip:9053
ControlPort unix:$own/control
HashedControlPassword $(tor --defaults-torrc "$folder/empty" -f "$folder/empty" --hash-password secret --hush | tail -n 1)
ClientUseIPv6 1
CONF
    esac
}

: >"$folder/empty"
echo "nameserver ${TOR_NAMESERVER:-127.53.0.1}" >"$folder/resolv.conf"
jobs=()
for name in "${authorities[@]}" "${exits[@]}"; do make_keys "$name" & jobs+=($!); done
for job in "${jobs[@]}"; do wait "$job" || fail "the keys could not be made; see $folder/*/*.log"; done
known=''
for name in "${authorities[@]}"; do
    identity=$(awk '/^fingerprint/ { print $2 }' "$folder/$name/keys/authority_certificate")
    known+="DirAuthority $name orport=$(port "$name") no-v2 v3ident=$identity $ip:$(($(port "$name") + 10)) $(fingerprint "$name")"$'\n'
done
for name in "${all[@]}"; do
    mkdir -p "$folder/$name"
    chmod 700 "$folder/$name"
    settings "$name" "$known" >"$folder/$name/torrc"
done

# Who starts less than 3 s before a vote misses it, and waits 20 to 40 s for the next full consensus.
phase=$(($(date +%s%3N) % (interval * 1000)))
if [ $(((interval - 4) * 1000 - phase)) -lt 3000 ]; then sleep "$(awk -v ms=$((interval * 1000 - phase + 50)) 'BEGIN { print ms / 1000 }')"; fi

for name in "${all[@]}"; do
    : >"$folder/$name/log"
    setsid tor --defaults-torrc "$folder/empty" -f "$folder/$name/torrc" --hush >"$folder/$name/output" 2>&1 </dev/null &
    echo $! >"$folder/$name/pid"
done
asked=0
for ((tenth = 0; ; tenth++)); do
    waiting=$(grep -L 'Bootstrapped 100%' "$folder"/*/log || true)
    [ -n "$waiting" ] || break # The exits too: one that has not answers every look-up with an error.
    if [ $tenth -gt 10 ] && [ "$(running | wc -l)" -ne ${#all[@]} ]; then
        grep -h '\[err\]' "$folder"/*/output "$folder"/*/log >&2 || true
        stop
        fail "a tor ended; see above"
    fi
    if [ $tenth -ge $((${TOR_WAIT:-120} * 10)) ]; then
        tail -n 3 $waiting >&2
        stop
        fail "no bootstrap within ${TOR_WAIT:-120} s"
    fi
    # Clients and exits ask for the consensus with growing random pauses; a HUP restarts these.
    if [ $((tenth - asked)) -ge 10 ] && grep -q 'Published microdesc consensus' "$folder"/a*/log; then
        asked=$tenth
        for log in $waiting; do kill -HUP "$(cat "${log%log}pid")" 2>/dev/null || true; done
    fi
    sleep 0.1
done
echo "bootstrapped"
