# Sourced by ./test and .ci/run: all their builds share one compiler process, which saves its start in each of some fifty projects. It is theirs alone, and ends with
# them. A script that is run by another one uses that one's.

if [ -z "${SharedCompilationId:-}" ]; then
    export UseSharedCompilation=true SharedCompilationId=connmgr-$$
    trap end_compiler EXIT
fi

end_compiler() {
    local pids
    pids=$(pgrep -f "[-]pipename:$SharedCompilationId" 2>/dev/null) && kill $pids
    return 0
}
