# Completion of flowgauge(1) in bash. Commands and options come from the program's own help.

# Words at the start of help lines: options of a command, or commands.
_flowgauge_options() {
    command flowgauge "$1" --help 2>/dev/null |
        sed -n 's/^  \(-[^ ]*\).*/\1/p' | tr ',' '\n'
}

_flowgauge_commands() {
    command flowgauge --help 2>/dev/null |
        awk '/^Subcommands:/ { list = 1; next } list && /^  [a-z]/ { print $1 }'
}

# Completes the last of several words between commas.
_flowgauge_list() {
    local before=${cur%"${cur##*,}"} word
    local -a words
    mapfile -t words < <(compgen -W "$1" -- "${cur##*,}")
    COMPREPLY=()
    for word in "${words[@]}"; do
        COMPREPLY+=("$before$word")
    done
    compopt -o nospace
}

_flowgauge_columns() {
    _flowgauge_list "all nfstream $(command flowgauge fields --markdown 2>/dev/null |
        sed -n 's/^| \([a-z][a-z0-9_.]*\) |.*/\1/p' | grep -vx column)"
}

# Completes the value of option $1; false if any file name may follow.
_flowgauge_value() {
    local words
    case $1 in
    -i | --interface | --source) words=$(command ls /sys/class/net) ;;
    --columns)
        _flowgauge_columns
        return 0
        ;;
    --format) words="auto csv json table" ;;
    --csv-dialect) words="rfc4180 nfstream" ;;
    --time-unit) words="ms us ns" ;;
    --decode-tunnels) words="nfstream all none" ;;
    --fragments) words="reassemble first_only" ;;
    --end-on-tcp) words="none fin_rst" ;;
    --progress) words="auto always never" ;;
    --guess | --promiscuous-mode | --statistical-analysis) words="true false" ;;
    *) return 1 ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

_flowgauge() {
    local cur prev words cword command
    _init_completion -n : || return
    command=${words[1]}
    if [ "$cword" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_flowgauge_commands) --help --version" -- "$cur")
    elif [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_flowgauge_options "$command")" -- "$cur")
    elif ! _flowgauge_value "$prev"; then
        _filedir
    fi
}

complete -F _flowgauge flowgauge
