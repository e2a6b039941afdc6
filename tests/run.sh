#!/usr/bin/env bash
# Builds and runs the tests. Installs what they need (as root, on Debian 12). Can be run again.
#
#     tests/run.sh [fast|full]     default fast
#
# fast: layout and tree checks, all tests labelled fast in a release build and under the address and
#       undefined behaviour sanitizers, one minute of fuzzing.
# full: the same, then the tests labelled full, the thread sanitizer and clang-tidy.
#
# FLOWGAUGE_SHARED names the folder of captures and expected results (default: ../shared beside the
# checkout); tests that need it are skipped without it. FLOWGAUGE_FUZZ_SECONDS: of the target that is fuzzed
# longest, default 30 (then all take a minute on two processors); full: 60.
set -euo pipefail

tier=${1:-fast}
case $tier in fast | full) ;; *) echo "usage: tests/run.sh [fast|full]" >&2; exit 2 ;; esac
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
export FLOWGAUGE_SHARED=${FLOWGAUGE_SHARED:-$root/../shared}
cache=${FLOWGAUGE_CACHE:-/var/cache/flowgauge-tests}
jobs=$(nproc)

step() { printf '\n== %s (%s s)\n' "$1" "$SECONDS"; }

. packaging/dependencies.sh
step "packages"
# shellcheck disable=SC2086 # a list of words
install_missing $test_packages
if [ "$tier" = full ]; then
    # shellcheck disable=SC2086 # a list of words
    install_missing $full_test_packages
fi
# A collector that is no package. Where Go or its modules are not to be had, its test is skipped.
if [ "$tier" = full ] && [ ! -x "$cache/bin/goflow2" ]; then
    GOBIN=$cache/bin GOFLAGS=-modcacherw timeout 300 go install github.com/netsampler/goflow2/v2/cmd/goflow2@v2.2.6 ||
        echo "goflow2 cannot be built here"
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "not root: live tests will be skipped"
fi

step "layout and tree"
git ls-files -z -- '*.h' '*.hpp' '*.cpp' | xargs -0 clang-format-14 --dry-run -Werror
python3 tests/tidy/check_tree.py

# build PRESET: configures and builds build/PRESET.
build() {
    cmake --preset "$1" -DCMAKE_CXX_COMPILER_LAUNCHER=ccache > /dev/null
    cmake --build --preset "$1" -- -j "$jobs"
}

# run_tests PRESET LABEL: one line a test that does not pass, then ctest's summary. One more at a time
# than there are processors: many wait for a peer.
run_tests() {
    ctest --preset "$1" -L "$2" -j "$((jobs + 1))"
}

step "build: release with tests"
build check
step "tests: release"
run_tests check fast

step "build: address and undefined behaviour sanitizers"
build asan
step "tests: sanitizers"
run_tests asan fast

step "fuzzing"
fuzz_seconds=30
if [ "$tier" = full ]; then
    fuzz_seconds=60
fi
tests/fuzz/run.sh "$root/build/asan" "${FLOWGAUGE_FUZZ_SECONDS:-$fuzz_seconds}"

if [ "$tier" = full ]; then
    step "tests: full"
    run_tests check full
    step "build and tests: thread sanitizer"
    build tsan
    run_tests tsan fast
    step "clang-tidy"
    build clang
    git ls-files -z -- '*.cpp' | xargs -0 -n 1 -P "$jobs" clang-tidy-14 -p build/clang --quiet
fi
step "done: $tier"
