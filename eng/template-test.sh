#!/usr/bin/env bash
# bash eng/template-test.sh [PACKAGES]
#
# Tests the templates as a user gets them: installs them from their package, makes a project of each in an empty folder outside of the repository, for the network in
# memory and for a real chain, builds it with warnings as errors, and runs those that need no network. PACKAGES is the folder with the packages, artifacts/packages
# by default. Prints a line for each check; exit code 1 when one fails.
set -uo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) || exit 1
packages=$(cd "${1:-$repository/artifacts/packages}" && pwd) || exit 1
exec </dev/null
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
faults=0

# Templates and packages of its own: neither the user's templates nor an older package of the same version take part.
export DOTNET_CLI_HOME=$folder/.home NUGET_PACKAGES=$folder/.packages
cat >nuget.config <<END
<configuration>
  <packageSources>
    <add key="connmgr-packages" value="$packages" />
  </packageSources>
</configuration>
END

# check TEXT COMMAND...: one line; the command's output when it fails.
check() {
    local text=$1 start=$SECONDS
    shift
    if "$@" >"$folder/log" 2>&1; then
        printf 'ok      %3d s  %s\n' $((SECONDS - start)) "$text"
    else
        printf 'FAILED  %3d s  %s\n' $((SECONDS - start)) "$text"
        sed 's/^/    /' "$folder/log"
        faults=$((faults + 1))
    fi
}

install() { dotnet new install "$(ls "$packages"/Connmgr.Templates.*.nupkg)"; }

# make TEMPLATE NAME ARGUMENT...: a new project, built.
make() {
    dotnet new "$1" -o "$2" "${@:3}" && dotnet build "$2" -c Release -warnaserror -nologo -tl:off -v q
}

# run NAME TEXT ARGUMENT...: runs a project that was built, within a time. Its output has the text.
run() {
    timeout -k 5 90 dotnet run --project "$1" -c Release --no-build -- "${@:3}" >"$folder/$1.out" 2>&1 && grep -q -- "$2" "$folder/$1.out" || { cat "$folder/$1.out"; return 1; }
}

console() { make connmgr-console My.Peers && run My.Peers '^+ .*height' --until-full && [ "$(grep -c '^+ ' My.Peers.out)" -ge 8 ]; }
worker() { make connmgr-worker my-worker && run my-worker 'health: Healthy' --UntilFull=true; }
node() { make connmgr-node Node1 && run Node1 '^< ' --until-visited; }
crawler() { make connmgr-crawler Crawler1 && run Crawler1 'nodes were reached'; }
tests() { make connmgr-tests My.Tests && run My.Tests 'succeeded: 2'; }
real() {
    local template chain=(mainnet testnet4 signet regtest) number=0
    for template in console worker node crawler; do
        make "connmgr-$template" "Real$template" --chain "${chain[number++]}" && ! grep -rE 'sandbox|Sandbox|CHAIN_NAME|CONNMGR_VERSION' "Real$template"/*.cs "Real$template"/*.csproj || return 1
    done
}

check "the templates are installed from their package" install
check "connmgr-console keeps 8 peers of the network in memory" console
check "connmgr-worker is healthy" worker
check "connmgr-node is visited" node
check "connmgr-crawler reaches nodes" crawler
check "connmgr-tests passes its tests" tests
check "the programs build for real chains" real
[ "$faults" -eq 0 ]
