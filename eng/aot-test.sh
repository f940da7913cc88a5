#!/usr/bin/env bash
# bash eng/aot-test.sh
#
# Publishes the tool and two samples ahead of time, where a warning is an error, prints their sizes and runs them; two tools speak the encrypted transport. That needs a C compiler and zlib, which are installed
# by apt when this runs as root; where they can't be had it says so and does nothing, which with CI=true and root is a failure.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
exec </dev/null
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1

cannot() {
    echo "skipped: ahead-of-time publishing: $1"
    [ "${CI:-}" = true ] && [ "$(id -u)" -eq 0 ] && [ "$(uname -s)" = Linux ] && exit 1
    exit 0
}

[ "$(uname -s)" = Linux ] || cannot "this is not Linux"
case $(uname -m) in
    x86_64) runtime=linux-x64 ;;
    aarch64) runtime=linux-arm64 ;;
    *) cannot "this is a $(uname -m)" ;;
esac

# Whether a program can be compiled and linked as the publishing does it.
links() { echo 'int main(void) { return 0; }' | "$1" -x c -o /dev/null - -lz 2>/dev/null; }
find_compiler() {
    for compiler in clang gcc; do
        ! links "$compiler" || return 0
    done
    return 1
}

if ! find_compiler; then
    [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null || cannot "there is no C compiler with zlib, and no root and apt-get to install them"
    echo "installing gcc and zlib1g-dev"
    log=$(apt-get -q update 2>&1 && DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends -o DPkg::Lock::Timeout=120 \
        gcc libc6-dev zlib1g-dev 2>&1) || printf '%s\n' "$log"
    find_compiler || cannot "gcc and zlib1g-dev could not be installed"
fi

output=$(mktemp -d)
trap 'rm -rf "$output"' EXIT
faults=0

megabytes() { stat -c %s "$1" | awk '{ printf "%.1f MB", $1 / 1e6 }'; }

# publish PROJECT PROGRAM ARGUMENTS...: publishes, says how large it is, and runs it.
publish() {
    local project=$1 program=$2 start=$SECONDS
    shift 2
    if ! dotnet publish "$project" -c Release -r "$runtime" -p:PublishAot=true -p:CppCompilerAndLinker="$compiler" -warnaserror \
        -p:RunAnalyzers=false --artifacts-path "$output" -o "$output/$program" -nologo -tl:off -v q -clp:NoSummary; then
        printf 'FAILED  %s is not publishable ahead of time\n' "$program"
        faults=$((faults + 1))
        return
    fi

    printf 'ok      %s: %s, and %s next to it, published without a warning in %s s\n' \
        "$program" "$(megabytes "$output/$program/$program")" "$(cd "$output/$program" && for each in *.so; do echo "$each ($(megabytes "$each"))"; done)" $((SECONDS - start))
    if timeout -k 5 90 "$output/$program/$program" "$@" >"$output/log" 2>&1; then
        printf 'ok      %s %s: %s\n' "$program" "$*" "$(tail -n 1 "$output/log")"
    else
        printf 'FAILED  %s %s\n' "$program" "$*"
        sed 's/^/    /' "$output/log"
        faults=$((faults + 1))
    fi
}

# Two published programs connect to each other: the key exchange finds its native library, and both see the same session.
speak_v2() {
    local tool=$output/Connmgr.Tool/Connmgr.Tool listener address='' dialled accepted tries=600
    timeout -k 5 90 "$tool" run --network regtest --listen 127.0.0.1:0 --json >"$output/listener" 2>&1 &
    listener=$!
    while [ -z "$address" ] && [ $((tries -= 1)) -gt 0 ]; do
        address=$(sed -n 's/.*"listening":\["\([^"]*\)".*/\1/p' "$output/listener")
        [ -n "$address" ] || sleep 0.1
    done

    timeout -k 5 60 "$tool" run --network regtest --connect "$address" --transport v2-only --until-full --timeout 30 --json >"$output/dialler" 2>&1
    kill "$listener"
    wait "$listener"
    dialled=$(session "$output/dialler")
    accepted=$(session "$output/listener")
    if [ -n "$dialled" ] && [ "$dialled" = "$accepted" ]; then
        printf 'ok      two published programs speak v2: session %s\n' "$dialled"
    else
        printf 'FAILED  two published programs do not speak v2\n'
        sed 's/^/    /' "$output/listener" "$output/dialler"
        faults=$((faults + 1))
    fi
}

# session LOG: the session id of its connection with the encrypted transport.
session() { sed -n 's/.*"transport":"v2","sessionId":"\([0-9a-f]\{64\}\)".*/\1/p' "$1"; }

publish samples/Sandbox Sandbox
publish samples/HostedNode HostedNode --UntilFull=true
publish src/Connmgr.Tool Connmgr.Tool run --network sandbox --until-full --timeout 60
speak_v2
[ "$faults" -eq 0 ]
