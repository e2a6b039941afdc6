#!/bin/sh
# Makes the manual pages out of the program itself, so that they cannot say anything else than it does.
#
#     packaging/manual/make.sh FLOWGAUGE VERSION DIRECTORY
set -eu

flowgauge=$1
version=$2
out=$3
here=$(cd "$(dirname "$0")" && pwd)

# to_manual NAME SECTION TITLE: markdown on standard input becomes a manual page.
to_manual() {
    pandoc --standalone --from markdown-smart --to man \
        --metadata title="$1" --metadata section="$2" --metadata header="$3" \
        --metadata footer="flowgauge $version" --output "$out/$1.$2"
}

# Help of a command as definitions: options begin after two spaces, their text after two more or in the
# next line; a line that ends with a colon is a heading.
options_of() {
    "$flowgauge" "$1" --help | awk -v command="$1" '
        function escaped(text) { gsub(/[\\`*_{}\[\]<>#|~$^@]/, "\\\\&", text); return text }
        function finish() { if (option != "") { print "**" escaped(option) "**\n:   " escaped(text) "\n" } option = "" }
        BEGIN { print "## flowgauge " command "\n" }
        NR == 1 { print escaped(toupper(substr($0, 1, 1)) substr($0, 2)) ".\n"; next }
        /^[A-Z][A-Za-z ]*:$/ { finish(); if ($0 !~ /^(Options|Positionals):/) { sub(/:$/, ""); print "### " $0 "\n" } next }
        /^  -/ {
            finish()
            line = substr($0, 3)
            at = match(line, /   */)
            option = at ? substr(line, 1, at - 1) : line
            text = at ? substr(line, at + RLENGTH) : ""
            next
        }
        /^   / && option != "" { sub(/^ +/, ""); text = text (text == "" ? "" : " ") $0; next }
        END { finish() }'
}

{
    cat "$here/flowgauge.1.md"
    printf '\n# OPTIONS\n\n'
    "$flowgauge" --help | awk '/^Subcommands:/ { list = 1; next } list && /^  [a-z]/ { print $1 }' |
        while read -r command; do options_of "$command"; done
} | to_manual flowgauge 1 "User commands"

# Rows of the table as definitions: a table of six columns fits no terminal.
fields=$("$flowgauge" fields --markdown)
printf '%s\n' "$fields" | awk -F ' *[|] *' '
    BEGIN {
        print "# NAME\n\nflowgauge-fields - columns of the records of flowgauge\n\n# DESCRIPTION\n"
        print "The columns in their order. **NFStream** marks those that NFStream 6.5.4 has under the same"
        print "name; the others are left out with **\\-\\-columns nfstream**. The unit **ms** is that of"
        print "**\\-\\-time-unit**. See **flowgauge**(1).\n\n# COLUMNS\n"
    }
    function escaped(text) { gsub(/[\\`*_{}\[\]<>#~$^@]/, "\\\\&", text); return text }
    /^[|]/ && $2 != "column" && $2 !~ /^-+$/ {
        print "**" escaped($2) "**"
        print ":   " escaped($7) ". " toupper(substr($3, 1, 1)) substr($3, 2) ($4 == "" ? "" : " in " escaped($4)) \
            ($5 == "always" ? "" : "; with " escaped($5)) ($6 == "yes" ? "; NFStream" : "") ".\n"
    }' | to_manual flowgauge-fields 7 "Formats"

# Not in a pipe, where a failure would pass unnoticed.
manual=$("$flowgauge" config --manual)
printf '%s\n' "$manual" | to_manual flowgauge.yaml 5 "File formats"
