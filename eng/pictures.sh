#!/usr/bin/env bash
# Takes the pictures of README.md and of the guides from real runs in the sandbox: docs/images/terminal.svg, docs/images/dashboard.png,
# docs/guides/images/dashboard-phone.png and docs/guides/images/crawl-report.png.
# Usage: bash eng/pictures.sh [SECONDS]   the age of the run on the pictures, default 120. Needs tmux, chromium and python3; listens on loopback only.
set -euo pipefail
cd "$(dirname "$0")/.."
age=${1:-120}
images=$PWD/docs/images
tool="dotnet $PWD/src/Connmgr.Tool/bin/Release/net10.0/Connmgr.Tool.dll"
dotnet build src/Connmgr.Tool -c Release -nologo -v quiet -clp:NoSummary -p:RunAnalyzers=false
mkdir -p "$images"

socket=connmgr-pictures-$$
trap 'tmux -L "$socket" kill-server 2>/dev/null || true; rm -rf "$scratch"' EXIT
scratch=$(mktemp -d)

# Two runs: the one with a dashboard shows its URL, with a token, in the terminal.
export TERM=xterm-256color COLORTERM=truecolor
tmux -L "$socket" -f /dev/null new-session -d -s terminal -x 100 -y 25 "$tool run --network sandbox --listen 1.2.3.4:28555"
tmux -L "$socket" new-session -d -s dashboard -x 100 -y 25 "$tool run --network sandbox --target 12 --listen 1.2.3.4:28555 --dashboard 127.0.0.1:0 --data-dir $scratch/run"
tmux -L "$socket" new-session -d -s crawl -x 100 -y 25 "$tool crawl --sandbox 4000 --revisit 20s --out $scratch/crawl"
sleep "$age"

tmux -L "$socket" capture-pane -e -p -t terminal | python3 eng/terminal-svg.py > "$images/terminal.svg"
url=$(tmux -L "$socket" capture-pane -p -t dashboard | grep -o 'http://[^ ]*')
photograph() { # URL FILE OPTION...
    timeout 60 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$scratch/browser" --virtual-time-budget=4000 \
        --screenshot="$2" "${@:3}" "$1" 2> /dev/null
}
photograph "${url%%#*}" "$images/dashboard.png" --window-size=1280,900
photograph "${url%%#*}" "$PWD/docs/guides/images/dashboard-phone.png" --window-size=390,844 --force-device-scale-factor=1.5 --blink-settings=preferredColorScheme=0 # Dark.
$tool crawl report "$scratch/crawl" > /dev/null
photograph "file://$scratch/crawl/report.html" "$PWD/docs/guides/images/crawl-report.png" --window-size=1280,1800 # All of it.
ls -l "$images" docs/guides/images
