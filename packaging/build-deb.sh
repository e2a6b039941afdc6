#!/usr/bin/env bash
# Builds the Debian package from a copy of the tree, so that the checkout stays as it is.
#
#     packaging/build-deb.sh [--output DIRECTORY] [--twice] [--lintian]
#
# The package is in DIRECTORY (default out/deb) afterwards; its path is the last line of the output.
# --twice builds it again elsewhere, with another clock, time zone and language and without ccache, and
# fails unless both are bit-identical. --lintian fails on any tag, pedantic and experimental ones included; there
# are no overrides. (Shown with --display-info only: the package has no script for other init systems.)
#
# SOURCE_DATE_EPOCH is that of the environment, else of the last commit, else of debian/changelog.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
output=$root/out/deb
twice=no
lintian=no
while [ $# -gt 0 ]; do
    case $1 in
    --output) output=$(mkdir -p "$2" && cd "$2" && pwd); shift 2 ;;
    --twice) twice=yes; shift ;;
    --lintian) lintian=yes; shift ;;
    *) sed -n '3,4s/^# *//p' "$0" >&2; exit 2 ;;
    esac
done
mkdir -p "$output"

if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
    SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct 2>/dev/null ||
        dpkg-parsechangelog -l "$root/packaging/debian/changelog" -S Timestamp)
fi
export SOURCE_DATE_EPOCH

# The same place each time, or ccache would not know it again.
work=$root/build/deb
rm -rf "$work"

# What git knows or would take, once for all builds: the checkout may change meanwhile.
stage=$work/flowgauge
mkdir -p "$stage"
if git -C "$root" rev-parse --is-inside-work-tree > /dev/null 2>&1; then
    git -C "$root" ls-files -z --cached --others --exclude-standard -- ':!tests' |
        tar -C "$root" --null --ignore-failed-read --files-from - -cf - 2> /dev/null |
        tar -C "$stage" -xf -
else
    tar -C "$root" --exclude=./build --exclude=./out --exclude=./tests -cf - . | tar -C "$stage" -xf -
fi
cp -r "$stage/packaging/debian" "$stage/debian"

# build_in DIRECTORY: builds a copy there.
build_in() {
    mkdir -p "$1"
    cp -a "$stage" "$1/flowgauge"
    (cd "$1/flowgauge" && dpkg-buildpackage --build=binary --no-sign --jobs=auto) > "$1/log" 2>&1 ||
        { tail -n 40 "$1/log" >&2; exit 1; }
}

# debhelper gives the build a home of its own, so ccache is told where it is.
if command -v ccache > /dev/null; then
    export CMAKE_CXX_COMPILER_LAUNCHER=ccache
    export CCACHE_DIR=${CCACHE_DIR:-$(ccache --get-config cache_dir)}
fi
build_in "$work/one"
cp "$work"/one/*.deb "$work"/one/*.changes "$work"/one/*.buildinfo "$output"
package=$(cd "$work/one" && ls flowgauge_*.deb)

if [ "$twice" = yes ]; then
    CCACHE_DISABLE=1 TZ=Pacific/Kiritimati LC_ALL=C.UTF-8 build_in "$work/another-place/two"
    for file in "$work"/one/*.deb; do
        cmp "$file" "$work/another-place/two/$(basename "$file")"
    done
    (cd "$work/another-place/two" && sha256sum ./*.deb)
    echo "both builds are bit-identical"
fi
if [ "$lintian" = yes ]; then
    tags=$(lintian --pedantic --display-experimental --allow-root "$work"/one/*.changes 2>&1 || true)
    if [ -n "$tags" ]; then
        echo "$tags"
        exit 1
    fi
    echo "lintian: no tags"
fi
echo "$output/$package"
