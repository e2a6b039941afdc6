"""What a capture must do besides replays: names and functions of a bed."""
import functools
import json
import os
import shutil
import signal
import sys
import time

from live.captures import exchanges, interleave, own_capture, write_pcap
from live.network import kernel_queues_empty
from live.outcome import expect
from live.processes import end, run, wait_for
from live.rows import difference, expect_rows
from live.sender import RATE, play, sent_by
from live.sensor import DELIVERY_SECONDS, FLOWS_OF_A_DAY, STATISTICS, Run, expect_all, read
from live.service_cases import service_cases


def idle_by_the_clock(settings, bed, workers):
    path = write_pcap(settings.folder, f"idle {workers}", exchanges(4))
    wanted, _ = read(settings, path, FLOWS_OF_A_DAY)
    with Run(settings, bed, [*STATISTICS, "--idle-timeout", "1", "--workers",
                             str(workers)]) as capture:
        sent = play(settings, bed, [path])
        over = time.monotonic()
        # At most 1 s later than the timeout of 1 s.
        wait_for("all rows in the file while the capture goes on", 2,
                 lambda: len(capture.rows()) == len(wanted))
        took = time.monotonic() - over
        expect(capture.process.poll() is None, "ended by itself")
        reasons = {row["end_reason"] for row in capture.rows().rows}
        expect(reasons == {"idle"}, f"end_reason {reasons}")
        rows, summary = capture.stop()
    expect_all(sent, summary)
    expect_rows(wanted, rows, summary)
    return f"{len(rows)} rows {took:.1f} s after the last packet"


EXCHANGE_ON_LOOPBACK = """
import socket
a, b = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
for s in (a, b):
    s.bind(("127.0.0.1", 0)); s.settimeout(10)
for length in range(1, 21):
    a.sendto(bytes(length * 1000), b.getsockname()); assert len(b.recv(65536)) == length * 1000
    b.sendto(bytes(length), a.getsockname()); assert len(a.recv(65536)) == length
"""


def loopback_once(settings, bed, workers):
    run(["ip", "-n", bed.receiving, "link", "set", "lo", "up"])
    with Run(settings, bed, [*FLOWS_OF_A_DAY, "--workers", str(workers)], ["lo"]) as capture:
        bed.inside(bed.receiving, [sys.executable, "-c", EXCHANGE_ON_LOOPBACK])
        wait_for("empty queues of the kernel", DELIVERY_SECONDS, kernel_queues_empty)
        rows, summary = capture.stop()
    expect_all(40, summary)
    expect(len(rows) == 1, f"{len(rows)} rows, 1 wanted")
    headers = 14 + 20 + 8
    found = [int(rows.rows[0][name]) for name in
             ("src2dst_packets", "src2dst_bytes", "dst2src_packets", "dst2src_bytes")]
    wanted = [20, 20 * headers + 210000, 20, 20 * headers + 210]
    expect(found == wanted, f"packets and bytes by direction {wanted} wanted, {found} found")
    return "40 packets, 1 row"


def two_interfaces(settings, bed, workers):
    files = [own_capture(settings.folder, "exchanges"), own_capture(settings.folder, "mixed")]
    with Run(settings, bed, [*FLOWS_OF_A_DAY, "--workers", str(workers)], ["c0", "c1"]) as capture:
        players = [play(settings, bed, [path], interface=f"g{i}", wait=False)
                   for i, path in enumerate(files)]
        sent = [sent_by(player) for player in players]
        for index, count in enumerate(sent):
            capture.wait_delivered(count, f"c{index}")
        rows, summary = capture.stop()
    expect_all(sum(sent), summary)
    first, second = (read(settings, path, FLOWS_OF_A_DAY)[0] for path in files)
    expect_rows(first.plus(second), rows, summary)
    return f"{sum(sent)} packets, {len(rows)} rows"


def tagged_and_not():
    return interleave([exchanges(4), exchanges(4, [(0x8100, 5, 10)]),
                       exchanges(4, [(0x8100, 5, 20)]), exchanges(4, [(0x88a8, 2, 10),
                                                                      (0x8100, 3, 30)])])


def filtered(settings, bed, expression, frames, is_wanted, workers):
    """Live and from the file the filter selects the same, and it is what `is_wanted` says."""
    path = write_pcap(settings.folder, f"filter {expression} {workers}", frames)
    options = [*FLOWS_OF_A_DAY, "--bpf-filter", expression]
    with Run(settings, bed, [*options, "--workers", str(workers)]) as capture:
        sent = play(settings, bed, [path])
        capture.wait_delivered(sent)
        rows, summary = capture.stop()
    chosen = [frame for frame in frames if is_wanted(frame)]
    expect(0 < len(chosen) < len(frames), "the case has nothing to choose")
    expect_all(len(chosen), summary)
    chosen_path = write_pcap(settings.folder, f"chosen {expression} {workers}", chosen)
    wanted, _ = read(settings, chosen_path, FLOWS_OF_A_DAY)
    expect_rows(wanted, rows, summary)
    return f"{len(chosen)} of {sent} packets, {len(rows)} rows"


def is_outer_vlan_10(frame):
    return frame[12:14] in (b"\x81\x00", b"\x88\xa8") and \
        int.from_bytes(frame[14:16], "big") & 0xfff == 10


def is_udp_behind_one_tag(frame):
    start_of_ip = 18 if frame[12:14] in (b"\x81\x00", b"\x88\xa8") else 14
    ether_type = frame[start_of_ip - 2:start_of_ip]
    if ether_type == b"\x08\x00":
        return frame[start_of_ip + 9] == 17
    return ether_type == b"\x86\xdd" and frame[start_of_ip + 6] == 17


def filter_vlan(settings, bed, workers):
    frames = tagged_and_not()
    result = filtered(settings, bed, "vlan 10", frames, is_outer_vlan_10, workers)
    path = write_pcap(settings.folder, f"vlan read {workers}", frames)
    chosen_path = write_pcap(settings.folder, f"vlan chosen {workers}",
                             [frame for frame in frames if is_outer_vlan_10(frame)])
    wanted, _ = read(settings, chosen_path, FLOWS_OF_A_DAY)
    from_file, _ = read(settings, path, [*FLOWS_OF_A_DAY, "--bpf-filter", "vlan 10"])
    problems = difference(wanted, from_file)
    expect(not problems, f"`vlan 10` from the file: {problems}")
    return result


def filter_udp(settings, bed, workers):
    return filtered(settings, bed, "udp", tagged_and_not(), is_udp_behind_one_tag, workers)


def filter_wrong(settings, bed):
    with Run(settings, bed, ["--bpf-filter", "udp and and"], wait=False) as capture:
        capture.wait_exit(2)
        expect("udp and and" in capture.messages(),
               f"the message does not name the filter:\n{capture.messages()}")
    return "status 2"


def short_snapshots(settings, bed, workers):
    path = own_capture(settings.folder, "mixed")
    wanted, reading = read(settings, path, FLOWS_OF_A_DAY)
    with Run(settings, bed, [*FLOWS_OF_A_DAY, "--snapshot-length", "128", "--workers",
                             str(workers)]) as capture:
        sent = play(settings, bed, [path])
        capture.wait_delivered(sent)
        rows, summary = capture.stop()
    expect_all(sent, summary)
    expect_rows(wanted, rows, summary, reading["packets_rejected"])
    return f"{sent} packets, {rows.total('bidirectional_bytes')} bytes"


def wrong_interface(settings, bed):
    with Run(settings, bed, [], ["c0", "nosuch7"], wait=False) as capture:
        capture.wait_exit(2)
        expect("nosuch7" in capture.messages(),
               f"the message does not name the interface:\n{capture.messages()}")
    return "status 2"


def interface_removed(settings, bed, workers):
    path = own_capture(settings.folder, "exchanges")
    try:
        with Run(settings, bed, [*FLOWS_OF_A_DAY, "--workers", str(workers)]) as capture:
            sent = play(settings, bed, [path])
            capture.wait_delivered(sent)
            run(["ip", "-n", bed.receiving, "link", "del", "c0"])
            wait_for("word of the deletion", 10, lambda: "gone" in capture.messages())
            bed.add_pair(0)
            wait_for("capture again", 10, lambda: "capturing again" in capture.messages())
            wait_for("carrier on c0", 10, lambda: bed.is_up("c0"))
            capture.forget_counters()  # the new interface counts from 0
            again = play(settings, bed, [path])
            capture.wait_delivered(again)
            sent += again
            rows, summary = capture.stop()
    finally:
        run(["ip", "-n", bed.receiving, "link", "del", "c0"], check=False)
        bed.add_pair(0)
    expect_all(sent, summary)
    expect(len(rows) == len(read(settings, path, FLOWS_OF_A_DAY)[0]),
           f"{len(rows)} rows: flows go on over the two interfaces of one name")
    return f"{sent} packets, {len(rows)} rows"


def interface_down_and_up(settings, bed, workers):
    path = own_capture(settings.folder, "exchanges")
    with Run(settings, bed, [*FLOWS_OF_A_DAY, "--workers", str(workers)]) as capture:
        sent = play(settings, bed, [path])
        capture.wait_delivered(sent)
        run(["ip", "-n", bed.receiving, "link", "set", "c0", "down"])
        run(["ip", "-n", bed.receiving, "link", "set", "c0", "up"])
        wait_for("carrier on c0", 10, lambda: bed.is_up("c0"))
        sent += play(settings, bed, [path])
        capture.wait_delivered(sent)
        rows, summary = capture.stop()
    expect_all(sent, summary)
    expect(len(rows) == len(read(settings, path, FLOWS_OF_A_DAY)[0]), f"{len(rows)} rows")
    return f"{sent} packets, {len(rows)} rows"


def bounded_rows(settings, bed, workers):
    path = write_pcap(settings.folder, f"bounded {workers}", exchanges(8))
    with Run(settings, bed, ["--idle-timeout", "1", "--max-nflows", "3", "--workers",
                             str(workers)]) as capture:
        sent = play(settings, bed, [path])
        capture.wait_exit(0)
        rows, summary = capture.results()
    expect(len(rows) == 3, f"{len(rows)} rows, 3 wanted")
    expect_all(sent, summary)
    return "3 rows, then status 0"


def stopped_under_load(settings, bed, workers, number):
    path = own_capture(settings.folder, "mixed")
    with Run(settings, bed, [*FLOWS_OF_A_DAY, "--performance-report", "1", "--workers",
                             str(workers)]) as capture:
        player = play(settings, bed, [path], ("--rate", str(RATE), "--repeat", "10000"), wait=False)
        try:
            wait_for("5000 packets", 30, lambda: any(
                report["packets_processed"] > 5000 for report in capture.reports()))
            rows, summary = capture.stop(number=number)
            expect(player.poll() is None, "the sender ended too early")
        finally:
            end(player)
    expect(summary["packets_in_flows"] > 5000, str(summary))
    expect(summary["capture_dropped_packets"] == 0, f"dropped at a paced rate: {summary}")
    return f"{summary['packets_read']} packets read, {len(rows)} rows"


def performance_reports(settings, bed, workers):
    keys = ["flows_expired", "packets_processed", "packets_ignored",
            "packets_dropped_filtered_by_kernel", "meters_packets_processing_balance"]
    path = own_capture(settings.folder, "no flows")
    with Run(settings, bed, ["--performance-report", "1", "--workers", str(workers)]) as capture:
        sent = play(settings, bed, [path])
        wait_for("a report with all packets", 10, lambda: any(
            report["packets_processed"] + report["packets_ignored"] == sent
            for report in capture.reports()))
        last = capture.reports()[-1]
        expect(list(last) == keys, f"keys {list(last)}")
        balance = last["meters_packets_processing_balance"]
        expect(len(balance) == workers and sum(balance) == last["packets_processed"], str(last))
        _, summary = capture.stop()
    expect(summary["packets_in_flows"] == last["packets_processed"], f"{last} and {summary}")
    return json.dumps(last)


BECOME_NOBODY = """
import os, sys
os.setgroups([]); os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)
os.execv(sys.argv[1], sys.argv[1:])
"""


def unprivileged(settings, bed):
    folder = os.path.join(settings.folder, "nobody")
    os.makedirs(folder, exist_ok=True)
    program = os.path.join(folder, "flowgauge")
    shutil.copy(settings.flowgauge, program)
    os.chmod(folder, 0o755)
    os.chmod(settings.folder, 0o711)
    with Run(settings, bed, [], program=[sys.executable, "-c", BECOME_NOBODY, program],
             wait=False) as capture:
        capture.wait_exit(1)
        expect("CAP_NET_RAW" in capture.messages(),
               f"the message does not name CAP_NET_RAW:\n{capture.messages()}")
        return "status 1: " + capture.messages().splitlines()[0]


def live_cases(settings):
    cases = []
    for workers in (1, 2):
        def case(name, function, *more, count=workers):
            cases.append((f"{name}, {count} worker{'s' if count > 1 else ''}",
                          lambda bed: function(settings, bed, count, *more)))
        case("idle flows leave by the clock", idle_by_the_clock)
        case("loopback counts each packet once", loopback_once)
        case("two interfaces", two_interfaces)
        case("filter `vlan 10`", filter_vlan)
        case("filter `udp`", filter_udp)
        case("snapshots of 128 bytes", short_snapshots)
        case("interface removed", interface_removed)
        case("interface down and up", interface_down_and_up)
        case("max_nflows", bounded_rows)
        case("SIGTERM under load", stopped_under_load, signal.SIGTERM)
        case("SIGINT under load", stopped_under_load, signal.SIGINT)
        case("performance report", performance_reports)
    cases.append(("interface that does not exist", functools.partial(wrong_interface, settings)))
    cases.append(("filter with an error", functools.partial(filter_wrong, settings)))
    cases.append(("without CAP_NET_RAW", functools.partial(unprivileged, settings)))
    return cases + service_cases(settings)
