#!/usr/bin/env bash
# bash eng/consumer-test.sh [PACKAGES]
#
# Tests the packages as a user gets them: new projects in an empty folder outside of the repository, with the code of the pages pasted into them, and the tool
# installed. PACKAGES is the folder with the packages, artifacts/packages by default. Prints a line for each check; exit code 1 when one fails.
set -uo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) || exit 1
packages=$(cd "${1:-$repository/artifacts/packages}" && pwd) || exit 1
exec </dev/null
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1

for version in "$packages"/Connmgr.[0-9]*.nupkg; do
    version=${version##*/Connmgr.} version=${version%.nupkg}
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
faults=0

# A separate packages folder: an older package of the same version must not replace the tested one.
export NUGET_PACKAGES=$folder/.packages
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

# paste PAGE SOURCE: the code that a page of the repository shows from a source.
paste() { awk -v fence="\`\`\`csharp $2" '$0 == fence { on = 1; next } /^```/ { on = 0 } on' "$repository/$1"; }

# version_of PACKAGE: ours, or the one that the repository uses.
version_of() {
    local pinned
    pinned=$(sed -nE "s/.*Include=\"$1\" Version=\"([^\"]+)\".*/\1/p" "$repository/Directory.Packages.props" | head -n 1)
    echo "${pinned:-$version}"
}

# project NAME PAGE SOURCE PACKAGE...: a new project with that code and those packages, built.
project() (
    local name=$1 page=$2 source=$3 package
    shift 3
    mkdir "$name" && cd "$folder/$name" || return 1
    dotnet new "${template:-console}" --name "$name" --output . --no-restore || return 1
    { printf '%s' "${preamble:-}"; paste "$page" "$source"; } >Program.cs
    [ "$(paste "$page" "$source")" ] || { echo "$page shows no code of $source"; return 1; }
    for package in "$@"; do
        dotnet add package "$package" --version "$(version_of "$package")" --no-restore || return 1
    done
    dotnet build -c Release -warnaserror -nologo -tl:off -v q
)

# run NAME ARGUMENTS...: runs a project that was built, within a time. Its output is kept.
run() { (cd "$folder/$1" && timeout -k 5 60 dotnet "bin/Release/net10.0/$1.dll" "${@:2}") >"$folder/$1.out" 2>&1 || { cat "$folder/$1.out"; return 1; }; }

sandbox() {
    project sandbox src/Connmgr.Testing/README.md samples/Sandbox/Program.cs#sandbox Connmgr.Testing && run sandbox || return 1
    local peers lines
    peers=$(grep -c 'height [0-9]' "$folder/sandbox.out") lines=$(wc -l <"$folder/sandbox/Program.cs")
    cat "$folder/sandbox.out"
    echo "$peers peers, $lines lines"
    [ "$peers" -ge 8 ] && [ "$lines" -lt 20 ]
}

hosted() {
    project hosted src/Connmgr.Hosting/README.md samples/HostedNode/Program.cs#host \
        Connmgr.Hosting Connmgr.Testing Microsoft.Extensions.Hosting OpenTelemetry.Extensions.Hosting OpenTelemetry.Exporter.Console || return 1
    run hosted --UntilFull=true && grep 'bitcoin-peers: Healthy, 8 of 8' "$folder/hosted.out" && grep 'Metric Name: connmgr\.' "$folder/hosted.out"
}

watched() {
    template=web project watched docs/quick-start.md samples/WatchedNode/Program.cs#watched Connmgr.Hosting Connmgr.Testing \
        OpenTelemetry.Exporter.Prometheus.AspNetCore OpenTelemetry.Extensions.Hosting || return 1
    bash "$repository/eng/check-watched.sh" "$folder/watched/bin/Release/net10.0/watched.dll"
}

nbitcoin() {
    preamble='using Connmgr.Bitcoin; using Connmgr.NBitcoin; using NBitcoin; using NBitcoin.Protocol; ' \
        project payloads src/Connmgr.NBitcoin/README.md tests/Connmgr.Docs.Tests/Snippets/ComingFromNBitcoin.cs#payloads Connmgr.NBitcoin
}

fleet() {
    preamble='using Connmgr; using Connmgr.Bitcoin; using Connmgr.Fleet; ' project fleet src/Connmgr.Fleet/README.md tests/Connmgr.Docs.Tests/Snippets/Fleet.cs#fleet Connmgr.Fleet
}

fleet_host() {
    preamble='using Microsoft.Extensions.DependencyInjection; using Microsoft.Extensions.Hosting; ' \
        project fleethost src/Connmgr.Fleet.Hosting/README.md tests/Connmgr.Docs.Tests/Snippets/Fleet.cs#host Connmgr.Fleet.Hosting Microsoft.Extensions.Hosting
}

fsharp() (
    mkdir fsharp && cd "$folder/fsharp" || return 1
    dotnet new console -lang 'F#' --name fsharp --output . --no-restore || return 1
    cp "$repository/eng/consumer/Program.fs" Program.fs || return 1
    dotnet add package Connmgr.Testing --version "$version" --no-restore || return 1
    dotnet build -c Release -warnaserror -nologo -tl:off -v q && run fsharp && grep ' /' "$folder/fsharp.out"
)

manager() {
    project manager src/Connmgr/README.md samples/ManualManager/Program.cs#manager Connmgr && run manager
}

tool() {
    dotnet tool install Connmgr.Tool --version "$version" --tool-path "$folder/tools" && "$folder/tools/connmgr" --version | grep -F "$version"
}

full() {
    timeout -k 5 90 "$folder/tools/connmgr" run --network sandbox --until-full --timeout 60
}

printf 'packages %s of %s\n' "$version" "$packages"
check "a console program with 8 sandbox peers in under 20 lines, from Connmgr.Testing" sandbox
check "the README's quick start builds with Connmgr.Bitcoin" project peers README.md samples/QuickStart/Program.cs#peers Connmgr.Bitcoin
check "NBitcoin's payloads build with Connmgr.NBitcoin" nbitcoin
check "a process of a fleet builds with Connmgr.Fleet" fleet
check "a host in a fleet builds with Connmgr.Fleet.Hosting" fleet_host
check "a hosted program with health and metrics, from Connmgr.Hosting" hosted
check "a web application with /healthz and /metrics, from Connmgr.Hosting" watched
check "the manager alone builds with Connmgr and runs" manager
check "the cookbook's F# builds with Connmgr.Testing and has peers" fsharp
check "the tool is installed as a dotnet tool" tool
check "connmgr run --network sandbox --until-full" full
[ "$faults" -eq 0 ]
