#!/usr/bin/env bash
# From a bare Debian 12 to flows on the screen: installs what is missing, builds, captures live for a few
# seconds while it makes a little traffic on loopback, and shows what it saw. Can be run again.
#
#     packaging/quickstart.sh [SECONDS]     default 8
set -euo pipefail

seconds=${1:-8}
root=$(cd "$(dirname "$0")/.." && pwd)
out=$root/out
flowgauge=$root/build/release/flowgauge
cd "$root"

. packaging/dependencies.sh
# shellcheck disable=SC2086 # a list of words
install_missing $build_packages

cmake --preset release -DCMAKE_CXX_COMPILER_LAUNCHER=ccache > /dev/null
cmake --build --preset release
mkdir -p "$out"

# The flows of a CSV as a table: the busiest first. No column that is used holds a comma.
show_table() {
    printf '\n%-22s %-22s %5s %8s %10s  %s\n' source destination proto packets bytes application
    tail -n +2 "$1" | tr -d '"' | awk -F, '{
        printf "%d|%-22s %-22s %5s %8s %10s  %s\n", $19, $3 ":" $6, $7 ":" $10, $11, $18, $19, $30
    }' | sort -t'|' -k1,1nr | head -n 20 | cut -d'|' -f2-
}

# A little real traffic, on loopback only: TCP and UDP exchanges of a client and a server.
make_traffic() {
    perl -MIO::Socket::INET -e '
        my $tcp = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 5, Proto => "tcp") or die;
        my $udp = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Proto => "udp") or die;
        my ($tcp_port, $udp_port) = ($tcp->sockport, $udp->sockport);
        if (fork == 0) {
            for (1 .. 5) {
                my $peer = $tcp->accept; my $request = "";
                while (my $line = <$peer>) { last if $line eq "\r\n"; }
                print $peer "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nhello\n";
                close $peer;
            }
            for (1 .. 5) { my $data; my $from = $udp->recv($data, 1500); $udp->send("pong", 0, $from); }
            exit 0;
        }
        for (1 .. 5) {
            my $c = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$tcp_port", Proto => "tcp") or die;
            print $c "GET / HTTP/1.1\r\nHost: quickstart.example\r\nUser-Agent: quickstart\r\n\r\n";
            my @answer = <$c>; close $c;
        }
        for (1 .. 5) {
            my $c = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$udp_port", Proto => "udp") or die;
            $c->send("ping"); my $data; $c->recv($data, 1500);
        }
        wait;'
}

# What http://127.0.0.1:9477/metrics says, over the socket: the port may be another's.
get_metrics() {
    perl -MIO::Socket::UNIX -e '
        my $c = IO::Socket::UNIX->new($ARGV[0]) or die "$ARGV[0]: $!";
        print $c "GET /metrics HTTP/1.1\r\nHost: sensor\r\nConnection: close\r\n\r\n";
        print <$c>;' "$socket"
}

if [ "$(id -u)" -ne 0 ]; then
    echo "not root: live capture needs CAP_NET_RAW, so this is skipped"
    echo "read a capture instead:  $flowgauge read FILE.pcap"
    exit 0
fi

interfaces=(lo)
default_route=$(awk '$2 == "00000000" { print $1; exit }' /proc/net/route)
if [ -n "$default_route" ]; then
    interfaces+=("$default_route")
fi

# The sensor as it is without a configuration file: metrics on 127.0.0.1:9477 unless that is taken, and a socket for
# `flowgauge status`, which here is one of its own, beside whatever runs already.
socket=$out/quickstart.sock
export FLOWGAUGE__control__socket=$socket
echo "capturing on ${interfaces[*]} for $seconds s"
"$flowgauge" run --interface "${interfaces[@]}" --workers 1 \
    --output "$out/quickstart.csv" --summary "$out/quickstart.json" 2> "$out/quickstart.log" &
capture=$!
trap 'kill -INT $capture 2>/dev/null || true' EXIT
for _ in $(seq 100); do
    grep -q 'flowgauge: ready' "$out/quickstart.log" && break
    kill -0 $capture 2>/dev/null || { cat "$out/quickstart.log"; exit 1; }
    sleep 0.1
done
make_traffic
sleep "$seconds"

printf '\n== flowgauge status\n'
"$flowgauge" status --socket "$socket" || true
printf '\n== some of the metrics\n'
get_metrics | grep -E '^flowgauge_(ready|packets_read_total|packets_in_flows_total|flows_active|capture_dropped_packets_total|application_flows_total)' | head -n 20
kill -INT $capture
wait $capture
trap - EXIT

printf '\n== what it said\n'
cat "$out/quickstart.log"
show_table "$out/quickstart.csv"
cat <<END

All flows:     $out/quickstart.csv   (counters: $out/quickstart.json)
Read a file:   $flowgauge read FILE.pcap --statistical-analysis --output flows.csv
Capture:       $flowgauge run --interface ${interfaces[*]} --output flows.csv   (Ctrl-C ends it)
While it runs: $flowgauge status, $flowgauge top, http://127.0.0.1:9477/
Configuration: $flowgauge config --defaults; a service: packaging/README.md
Columns:       $flowgauge fields
Tests:         tests/run.sh
END
