#!/usr/bin/env bash
# bash eng/fuzz.sh [TARGET...] [--seconds N] [--engine own|afl|both] [--seed N] [--update-corpus]
#
# Fuzzes everything that reads untrusted bytes, guided by the branches that inputs take. Instruments copies of the assemblies (SharpFuzz), never those that others use, and gives each target
# changed inputs, from its corpus and its dictionary in tests/fuzz. Prints one line for each target and engine, and last of all the sum. Exit code 0 when no input broke a rule, 1 when one did,
# 2 for invalid arguments.
#
#   TARGET           only these targets; `dotnet run --project tests/fuzz/Connmgr.Fuzz -c Release -- --list` shows them
#   --seconds N      the time for each target and engine; 30 by default
#   --engine NAME    own: the engine of Connmgr.Fuzz, in the process, the fastest; afl: AFL++; both: AFL++, then own, which begins with what AFL++ found. By default both, or own where AFL++ is not
#   --seed N         the seed of the own engine; 1 by default
#   --update-corpus  writes the fewest inputs that take all branches to tests/fuzz/corpus
#
# The rules: only documented exceptions; memory of at most 4 times the input and a constant, or what the target says; what is decoded and encoded again is the same; an end. Inputs that broke one stay
# in artifacts/fuzz/failures; show one again with: dotnet run --project tests/fuzz/Connmgr.Fuzz -c Release -- TARGET --replay FILE
#
# Needs nuget.org once, for the tool that instruments. As root, where there is apt-get, it installs AFL++ (the package afl++).
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
exec </dev/null
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en LC_ALL=C

readonly sharpfuzz_version=2.3.0
assemblies=(Connmgr.dll Connmgr.Bitcoin.dll Connmgr.Tool.dll Tomlyn.dll)

help() { sed -n '/^# bash eng/,/^[^#]/ s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }
usage() {
    { printf 'fuzz.sh: %s\n\n' "$1"; help; } >&2
    exit 2
}

seconds=30 engine='' seed=1 update='' targets=()
while [ $# -gt 0 ]; do
    case $1 in
        --seconds | --seed)
            [[ ${2:-} =~ ^[1-9][0-9]{0,5}$ ]] || usage "$1 takes a number from 1 to 999999"
            if [ "$1" = --seconds ]; then seconds=$2; else seed=$2; fi
            shift 2
            ;;
        --engine)
            [[ ${2:-} =~ ^(own|afl|both)$ ]] || usage "--engine takes own, afl or both"
            engine=$2
            shift 2
            ;;
        --update-corpus)
            update=yes
            shift
            ;;
        -h | --help)
            help
            exit
            ;;
        -*) usage "there is no option $1" ;;
        *)
            targets+=("$1")
            shift
            ;;
    esac
done

work=$PWD/artifacts/fuzz
mkdir -p "$work"

# --- AFL++ -------------------------------------------------------------------------------------------------------------------------

if [ "$engine" != own ] && ! type -P afl-fuzz >/dev/null && [ "$(id -u)" -eq 0 ] && type -P apt-get >/dev/null; then
    echo "installing afl++"
    { apt-get install -y --no-install-recommends afl++ || { apt-get update && apt-get install -y --no-install-recommends afl++; }; } >"$work/apt.log" 2>&1
fi
if type -P afl-fuzz >/dev/null; then
    engine=${engine:-both}
elif [ -z "$engine" ]; then
    echo "there is no afl-fuzz: install AFL++ (the package afl++ of Debian) to use it as well. Only the own engine runs."
    engine=own
elif [ "$engine" != own ]; then
    echo "fuzz.sh: there is no afl-fuzz: install AFL++ (the package afl++ of Debian), or use --engine own" >&2
    exit 2
fi

# --- build, and instrument a copy -----------------------------------------------------------------------------------------------------

dotnet build tests/fuzz/Connmgr.Fuzz -c Release -nologo -tl:off -v q -clp:NoSummary >"$work/build.log" 2>&1 || {
    cat "$work/build.log" >&2
    exit 1
}
[ -x "$work/tools/sharpfuzz" ] || dotnet tool install SharpFuzz.CommandLine --version "$sharpfuzz_version" --tool-path "$work/tools" >/dev/null || {
    echo "fuzz.sh: SharpFuzz.CommandLine $sharpfuzz_version could not be installed; it comes from nuget.org" >&2
    exit 1
}
rm -rf "$work/bin"
cp -r tests/fuzz/Connmgr.Fuzz/bin/Release/net10.0 "$work/bin"
for assembly in "${assemblies[@]}"; do
    "$work/tools/sharpfuzz" "$work/bin/$assembly" >"$work/instrument.log" 2>&1 || {
        cat "$work/instrument.log" >&2
        echo "fuzz.sh: $assembly could not be instrumented" >&2
        exit 1
    }
done
program=$work/bin/Connmgr.Fuzz.dll
if [ ${#targets[@]} -eq 0 ]; then
    mapfile -t targets < <(dotnet "$program" --list | cut -d' ' -f1)
else
    known=$(dotnet "$program" --list | cut -d' ' -f1)
    for target in "${targets[@]}"; do
        grep -qxF -- "$target" <<<"$known" || usage "there is no target '$target'; there are: $(tr '\n' ' ' <<<"$known")"
    done
fi

# --- run -----------------------------------------------------------------------------------------------------------------------------

failures=$work/failures
rm -rf "$work/afl" "$work/found"
mkdir -p "$failures" "$work/found"
total=0 broken=0
export AFL_SKIP_BIN_CHECK=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_NO_UI=1 AFL_QUIET=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_FAST_CAL=1 AFL_FORKSRV_INIT_TMOUT=60000
# A garbage collection of its own threads would only take time from others.
export DOTNET_gcServer=0 DOTNET_TieredPGO=0

# figure FILE NAME: a number of AFL's report.
figure() { sed -n "s/^$2 *: *//p" "$1"; }

# run_afl TARGET: lets AFL++ drive a target, and keeps what it found.
run_afl() {
    local target=$1 out=$work/afl/$1 words=() executions paths crashes file
    [ ! -f "tests/fuzz/dictionaries/$target.dict" ] || words=(-x "tests/fuzz/dictionaries/$target.dict")
    mkdir -p "$out" "$work/found/$target"
    nice -n 19 afl-fuzz -i "tests/fuzz/corpus/$target" -o "$out" -t 10000 -m none -V "$seconds" "${words[@]}" -- "$(type -P dotnet)" "$program" "$target" --afl >"$out/log" 2>&1
    if [ ! -f "$out/default/fuzzer_stats" ]; then
        echo "$target afl: it did not run: $(grep -m1 -E 'PROGRAM ABORT|SYSTEM ERROR' "$out/log" | sed 's/\x1b\[[0-9;]*m//g')"
        broken=$((broken + 1))
        return
    fi

    executions=$(figure "$out/default/fuzzer_stats" execs_done)
    paths=$(figure "$out/default/fuzzer_stats" corpus_count)
    crashes=$(figure "$out/default/fuzzer_stats" saved_crashes)
    total=$((total + executions))
    broken=$((broken + crashes))
    for file in "$out"/default/queue/id:*; do [ ! -f "$file" ] || cp "$file" "$work/found/$target/"; done
    for file in "$out"/default/crashes/id:*; do [ ! -f "$file" ] || cp "$file" "$failures/$target-afl-$(basename "$file" | cut -c4-9)"; done
    printf '%-16s afl: %s executions, %s paths, %s crashes\n' "$target" "$executions" "$paths" "$crashes"
}

# run_own TARGET: runs the own engine, and minimizes what both found.
run_own() {
    local target=$1 line code executions minimize=()
    [ -z "$update" ] || minimize=(--minimize "$work/minimized")
    rm -rf "$work/minimized/$target"
    line=$(nice -n 19 dotnet "$program" "$target" --seconds "$seconds" --seed "$seed" --more "$work/found" --failures "$failures" "${minimize[@]}" 2>"$work/own.log")
    code=$?
    grep '^FAILED' "$work/own.log"
    if [ $code -gt 1 ] && ! grep -q '^FAILED' "$work/own.log"; then
        echo "$target own: it ended with exit code $code: $(tail -n 3 "$work/own.log" | tr '\n' ' ')"
        cp "$work/own.log" "$failures/$target-own.log"
    fi
    [ $code -eq 0 ] || broken=$((broken + 1))
    line=$(head -n 1 <<<"$line")
    [ -z "$line" ] || printf '%-16s own: %s\n' "$target" "$(sed "s/^$target *//" <<<"$line")"
    executions=$(sed -n "s/^$target *\([0-9]*\) executions.*/\1/p" <<<"$line")
    total=$((total + ${executions:-0}))
    if [ -n "$update" ] && [ -n "$(ls "$work/minimized/$target" 2>/dev/null)" ]; then
        rm -f "tests/fuzz/corpus/$target"/*
        cp "$work/minimized/$target"/* "tests/fuzz/corpus/$target/"
    fi
}

for target in "${targets[@]}"; do
    [ "$engine" = own ] || run_afl "$target"
    [ "$engine" = afl ] || run_own "$target"
done
echo "${#targets[@]} targets, $total executions, $broken failures"
[ "$broken" -eq 0 ]
