# Sourced by ./test and eng/flaky.sh: how a built test project is run, and what its report says.

test_program() { printf 'tests/%s/bin/Release/net10.0/%s.dll' "$1" "$1"; }

# test_command NAME REPORT MINUTES [ARGUMENT...]: sets the array "command" to the command that runs a test project. A run that hangs is stopped after that time and
# ended by force a minute later; until then it names each test that takes over a minute.
test_command() {
    local name=$1 report=$2 minutes=$3
    shift 3
    command=()
    ! type -P timeout >/dev/null || command=(timeout -k 10 $(((minutes + 1) * 60)))
    command+=(dotnet "$(test_program "$name")" --no-ansi --progress off --auto-reporters off --timeout "${minutes}m" --long-running 60
        --xunit-diagnostics on --results-directory "$(dirname "$report")" --report-xunit-xml --report-xunit-xml-filename "$(basename "$report")" "$@")
}

# exit_reason CODE: an exit code in words.
exit_reason() {
    case $1 in
        3) printf 'exit code 3: the run was ended before all tests were done' ;;
        124 | 137) printf 'exit code %s: it hung and was ended by force' "$1" ;;
        129 | 1[3-9]?) printf 'exit code %s: it was ended by SIG%s' "$1" "$(kill -l $(($1 - 128)) 2>/dev/null)" ;;
        *) printf 'exit code %s' "$1" ;;
    esac
}

# count REPORT NAME: an attribute of the report's first <assembly> element, a number; nothing when there is no whole report.
count() {
    [ -s "$1" ] || return 0
    grep -oE -m 1 '<assembly [^>]*>' "$1" | head -n 1 | sed -nE "s/.* $2=\"([0-9]+)\".*/\1/p"
}

# The part of awk programs that reads a report: a record for each test, or for each error outside a test.
report_awk='
    BEGIN { RS = "<(test|error) " }
    function attribute(name,   text) {
        if (!match(" " $0, " " name "=\"[^\"]*\"")) return ""
        text = substr(" " $0, RSTART, RLENGTH)
        sub(/^[^"]*"/, "", text); sub(/"$/, "", text)
        return plain(text)
    }
    # The text of the first element of this name.
    function element(name,   from, text) {
        from = index($0, "<" name ">")
        if (!from) return ""
        text = substr($0, from + length(name) + 2)
        text = substr(text, 1, index(text, "</" name ">") - 1)
        if (!sub(/^<!\[CDATA\[/, "", text)) return plain(text)
        sub(/\]\]>$/, "", text)
        return text
    }
    function plain(text) {
        gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text); gsub(/&apos;/, "\047", text); gsub(/&amp;/, "\\&", text)
        gsub(/\\\\/, "\001", text); gsub(/\\"/, "\"", text); gsub(/\001/, "\\", text) # xunit escapes quotes and backslashes besides.
        return text
    }
    function line(text) { gsub(/[\t\n\r]+/, " ", text); return text }
'

# skipped_tests REPORT: a line for each test that was skipped, "NAME: REASON".
skipped_tests() { awk "$report_awk"'/ result="Skip"/ { print line(attribute("name") ": " element("reason")) }' "$1"; }

# slow_tests REPORT SECONDS: a line for each test that passed, but took longer than this.
slow_tests() { awk -v seconds="$2" "$report_awk"'/ result="Pass"/ { if (attribute("time") + 0 > seconds) print line(attribute("name")) ": " int(attribute("time")) " s" }' "$1"; }

# failed_tests REPORT: a line for each test that failed, and for each error outside a test: NAME, a tab, the message with each line end as the character 036 (record separator).
failed_tests() {
    awk "$report_awk"'
        / result="Fail"/ || /<failure/ {
            name = attribute("name")
            if (name == "") name = "(outside any test)"
            message = element("message")
            if (message == "") message = attribute("exception-type")
            gsub(/\r/, "", message); gsub(/\t/, " ", message); gsub(/\n/, "\036", message)
            print name "\t" message
        }' "$1"
}
