#!/usr/bin/env bash
# Fuzzes each target from its committed corpus for a bounded time: the walk for all of it, the others for a
# part. New inputs go to a folder of their own; one that fails is kept beside it and named.
#
#     tests/fuzz/run.sh BUILD_DIRECTORY [SECONDS]     default 60
set -euo pipefail

build=$1
seconds=${2:-60}
here=$(cd "$(dirname "$0")" && pwd)
found=$build/fuzz-findings
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1

# fuzz_one TARGET SECONDS MAX_LEN: what it says comes when it has ended.
fuzz_one() {
    local said status=0
    mkdir -p "$found/$1"
    said=$("$(find "$build" -name "$1_fuzz" -type f -perm -u+x | head -n 1)" \
        -max_total_time="$2" -timeout=20 -rss_limit_mb=2048 -max_len="$3" -print_final_stats=1 \
        -artifact_prefix="$found/" "$found/$1" "$here/corpus/$1" 2>&1) || status=$?
    printf -- '-- %s, %s s\n%s\n' "$1" "$2" "$(tail -n 12 <<< "$said")"
    return $status
}

# fuzz TARGET SECONDS MAX_LEN: two at a time, for a target has one thread.
running=0
fuzz() {
    if [ "$running" -eq 2 ]; then
        wait -n
        running=$((running - 1))
    fi
    fuzz_one "$@" &
    running=$((running + 1))
}
fuzz walk "$seconds" 8192
fuzz spool "$(((seconds + 1) / 2))" 512
fuzz config "$(((seconds + 1) / 2))" 4096
fuzz web "$((seconds / 6 + 1))" 8192
fuzz parquet "$((seconds / 6 + 1))" 4096
fuzz expression "$((seconds / 6 + 1))" 1024
fuzz feature "$((seconds / 6 + 1))" 1024
fuzz model "$((seconds / 6 + 1))" 4096
fuzz ipfix "$((seconds / 6 + 1))" 4096
fuzz plugins "$((seconds / 6 + 1))" 4096
fuzz proc_net "$((seconds / 6 + 1))" 4096
fuzz sock_diag "$((seconds / 6 + 1))" 4096
fuzz perf_ring "$((seconds / 6 + 1))" 4096
fuzz process "$((seconds / 6 + 1))" 4096
while [ "$running" -gt 0 ]; do
    wait -n
    running=$((running - 1))
done
