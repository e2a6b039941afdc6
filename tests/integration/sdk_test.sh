#!/usr/bin/env bash
# Installs the SDK alone, and builds its example outside of the tree, as its users do: with CMake, and
# with one line of g++, in C++17 and C++20 without a warning; and the class of docs/PLUGINS.md. Made with
# hidden symbols a plugin exports its entry and nothing else.
#
#     tests/integration/sdk_test.sh BUILD_DIRECTORY CXX
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
build=$1
cxx=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --component sdk --prefix "$work/installed" > /dev/null
cp -r "$work/installed/share/flowgauge/example" "$work/example"

# entries FILE: the names that it defines for others.
entries() {
    nm --dynamic --defined-only --format=posix "$1" | awk '$2 == "T" { print $1 }'
}

cmake -S "$work/example" -B "$work/made" -DCMAKE_CXX_COMPILER="$cxx" \
    -DCMAKE_PREFIX_PATH="$work/installed" > /dev/null
cmake --build "$work/made" > /dev/null
[ "$(entries "$work/made/first16.so")" = flowgauge_plugin_entry ]
cmake --install "$work/made" --prefix "$work/installed" > /dev/null
[ -n "$(find "$work/installed" -path '*/flowgauge/plugins/first16.so')" ]

awk '/^```cpp$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$root/docs/PLUGINS.md" > "$work/guide.cpp"
export PKG_CONFIG_PATH=$work/installed/share/pkgconfig
for source in "$work/example/first16.cpp" "$work/guide.cpp"; do
    for standard in 17 20; do
        # The flags are several words. shellcheck disable=SC2046
        "$cxx" -std=c++$standard -shared -fPIC \
            -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror \
            $(pkg-config --define-prefix --cflags flowgauge-plugin) -o "$work/plugin.so" "$source"
        entries "$work/plugin.so" | grep -qx flowgauge_plugin_entry
    done
done

# plugin.h is C, too.
printf '#include <flowgauge/plugin.h>\nint main(void) { return FLOWGAUGE_GO_ON; }\n' > "$work/c.c"
cc -std=c99 -Wall -Wextra -Wpedantic -Werror -I"$work/installed/include" -o "$work/c" "$work/c.c"
"$work/c"
echo "the example builds against the installed SDK"
