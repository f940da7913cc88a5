# Sourced by ./test and eng/flaky.sh: installs the real programs that tests need. If one cannot be installed, a variable CONNMGR_NO_... gives the reason to the
# tests, which are skipped. The script that sources this defines say and fault, and runs in the root of the repository.

# prepare_servers PROJECT...: what these test projects need.
prepare_servers() {
    [[ " $* " != *" Connmgr.Interop.Tests "* ]] || install_servers
    [[ " $* " != *" Connmgr.Dashboard.Tests "* ]] || install_chromium
    [[ " $* " != *" Connmgr.Fleet.Tests "* ]] || install_redis
}

# cannot VARIABLE REASON: tells the tests that something is missing. A fault where it could have been had.
cannot() {
    export "$1=$2"
    if [ "${CI:-}" = true ] && [ -z "$unable" ]; then fault "$2"; else say "will skip tests: $2"; fi
}

has_miniupnpd() { command -v miniupnpd || [ -x /usr/sbin/miniupnpd ]; } >/dev/null
has_nsd() { command -v nsd || [ -x /usr/sbin/nsd ]; } >/dev/null

install_servers() {
    local log namespace=connmgr-probe-$$ packages=() policy=/usr/sbin/policy-rc.d own_policy=''
    unable=''
    if [ "$(uname -s)" != Linux ]; then
        unable="this is not Linux"
    elif [ "$(id -u)" -ne 0 ]; then
        unable="no root"
    elif ! command -v apt-get >/dev/null; then
        unable="no apt-get"
    fi

    if [ -z "$unable" ]; then
        log=$(bash tests/servers/install-server.sh .servers/bitcoind bitcoin-knots bitcoind 2>&1) || true
        say "bitcoind: ${log##*$'\n'}"
    fi
    if ! .servers/bitcoind/bin/bitcoind -version >/dev/null 2>&1; then
        [ -n "$unable" ] || printf '%s\n' "$log"
        cannot CONNMGR_NO_BITCOIND "no bitcoind: ${unable:-${log##*$'\n'}}"
    fi
    install_i2pd

    command -v ip >/dev/null || packages+=(iproute2)
    command -v nft >/dev/null || packages+=(nftables)
    has_nsd || packages+=(nsd)
    has_miniupnpd || packages+=(miniupnpd-nftables)
    command -v microsocks >/dev/null || packages+=(microsocks)
    command -v tor >/dev/null || packages+=(tor)
    command -v litecoind >/dev/null || packages+=(litecoind)
    if [ -z "$unable" ] && [ ${#packages[@]} -gt 0 ]; then
        say "installing ${packages[*]}"
        # A package would start its server, on a port that others may need; the system may already have a policy.
        [ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && own_policy=yes; }
        log=$(apt-get -q update 2>&1 && DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends \
            -o DPkg::Lock::Timeout=120 "${packages[@]}" 2>&1) || printf '%s\n' "$log"
        [ -z "$own_policy" ] || rm -f "$policy"
    fi
    has_miniupnpd || cannot CONNMGR_NO_GATEWAY "no gateway: ${unable:-miniupnpd could not be installed}"
    has_nsd || cannot CONNMGR_NO_DNS_SERVER "no DNS server: ${unable:-nsd could not be installed}"
    command -v microsocks >/dev/null || cannot CONNMGR_NO_SOCKS "no SOCKS proxy: ${unable:-microsocks could not be installed}"
    command -v tor >/dev/null || cannot CONNMGR_NO_TOR "no Tor: ${unable:-tor could not be installed}"
    command -v litecoind >/dev/null || cannot CONNMGR_NO_LITECOIND "no litecoind: ${unable:-litecoind could not be installed}"
    if ! command -v ip >/dev/null || [ "$(id -u)" -ne 0 ]; then
        cannot CONNMGR_NO_NAMESPACES "no network namespaces: ${unable:-iproute2 could not be installed}"
        export CONNMGR_NO_PACKET_FILTER=$CONNMGR_NO_NAMESPACES
        return
    fi

    # The programs being there does not mean that a container may use them.
    if ! log=$(ip netns add "$namespace" 2>&1 && ip -n "$namespace" link set lo up 2>&1 && ip netns exec "$namespace" true 2>&1); then
        unable="this machine does not allow them: $log"
        cannot CONNMGR_NO_NAMESPACES "no network namespaces: $unable"
        export CONNMGR_NO_PACKET_FILTER=$CONNMGR_NO_NAMESPACES
    elif ! command -v nft >/dev/null; then
        cannot CONNMGR_NO_PACKET_FILTER "no packet filter: ${unable:-nftables could not be installed}"
    elif ! log=$(ip netns exec "$namespace" nft add table ip probe 2>&1); then
        unable="this machine does not allow it: $log"
        cannot CONNMGR_NO_PACKET_FILTER "no packet filter: $unable"
    fi
    ip netns delete "$namespace" 2>/dev/null
}

install_i2pd() {
    local log
    if [ -z "$unable" ]; then
        log=$(bash tests/servers/install-server.sh .servers/i2pd i2pd i2pd 2>&1) || true
        say "i2pd: ${log##*$'\n'}"
    fi
    if ! .servers/i2pd/bin/i2pd --version >/dev/null 2>&1; then
        [ -n "$unable" ] || printf '%s\n' "$log"
        cannot CONNMGR_NO_I2P "no i2pd: ${unable:-${log##*$'\n'}}"
    fi
}

has_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null

# The browser of the dashboard's tests.
install_chromium() {
    local log unable=''
    has_chromium && return
    if [ "$(id -u)" -ne 0 ]; then
        unable="no root"
    elif ! command -v apt-get >/dev/null; then
        unable="no apt-get"
    else
        say "installing chromium"
        log=$(apt-get -q update 2>&1 && DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends \
            -o DPkg::Lock::Timeout=120 chromium fonts-dejavu-core 2>&1) || printf '%s\n' "$log"
    fi
    has_chromium || cannot CONNMGR_NO_CHROMIUM "no Chromium: ${unable:-chromium could not be installed}"
}

# The server of a fleet's tests, which start their own: the package must not.
install_redis() {
    local log unable='' policy=/usr/sbin/policy-rc.d own_policy=''
    command -v redis-server >/dev/null && return
    if [ "$(id -u)" -ne 0 ]; then
        unable="no root"
    elif ! command -v apt-get >/dev/null; then
        unable="no apt-get"
    else
        say "installing redis-server"
        [ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && own_policy=yes; }
        log=$(apt-get -q update 2>&1 && DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends \
            -o DPkg::Lock::Timeout=120 redis-server 2>&1) || printf '%s\n' "$log"
        [ -z "$own_policy" ] || rm -f "$policy"
    fi
    command -v redis-server >/dev/null || cannot CONNMGR_NO_REDIS "no Redis: ${unable:-redis-server could not be installed}"
}
