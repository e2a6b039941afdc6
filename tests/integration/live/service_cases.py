"""What a sensor with a configuration must do, and with interfaces that come, go and change."""
import re
import signal
import socket
import threading
import time

from live.captures import own_capture, pairs, write_pcap
from live.metrics import PORT, get
from live.network import thread_inside
from live.outcome import expect
from live.packets import ethernet, ip, text, udp
from live.processes import end, run, wait_for
from live.rows import Rows, expect_rows
from live.sender import RATE, play
from live.sensor import FLOWS_OF_A_DAY, STATISTICS, Run, expect_all, read
from live.service import Service

CONFIGURATION = """version: 1
sensor: lone
inputs:
  - {name: edge, interface: INTERFACE, workers: WORKERS, socket_buffer_size: 16MiB, MORE}
flows: {idle_timeout: 86400s, active_timeout: 86400s}
dissection: {n_dissections: 20}
statistics: {statistical_analysis: true, splt_analysis: 10}
sinks:
  - {name: disk, type: file, format: csv, path: "{folder}/out/flows.csv", rotate_every: 0s,
     rotate_size: 0B, min_free: 0B}
control: {socket: "{folder}/control.sock"}
logging: {rate_limit: 1000}
"""


def configuration(interface, workers, more="promiscuous_mode: true"):
    return CONFIGURATION.replace("INTERFACE", f'"{interface}"').replace(
        "WORKERS", str(workers)).replace("MORE", more)


def finish(service):
    """Rows and summary after SIGTERM, which agree."""
    service.process.send_signal(signal.SIGTERM)
    service.wait_exit(0)
    summary = service.summary()
    with open(service.path("out", "flows.csv"), encoding="utf-8") as file:
        rows = Rows(file.read())
    expect(summary["flows"] == len(rows), f"{len(rows)} rows, but {summary}")
    expect(rows.total("bidirectional_packets") == summary["packets_in_flows"], str(summary))
    return rows, summary


def wait_taken(service, packets):
    wait_for(f"{packets} packets in /metrics", 30, lambda: service.metrics().sum(
        "flowgauge_packets_read_total") == packets, look_every=0.1)


def played(settings, bed, service, path, senders):
    """The capture out of each, and all of it taken."""
    sent = sum(play(settings, bed, [path], interface=sender) for sender in senders)
    wait_taken(service, sent)
    return sent


def missing_at_start(settings, bed, workers):
    path = own_capture(settings.folder, "exchanges")
    wanted, _ = read(settings, path, FLOWS_OF_A_DAY)
    with Service(settings, bed, configuration("w0", workers, "wait_for: infinity")) as service:
        service.expect_message("input edge waits: no interface w0")
        status, body = get(bed.receiving, "/readyz")
        expect(status == 503 and "no interface w0" in body, f"/readyz: {status} {body}")
        try:
            bed.add_link("h0", "w0")
            service.expect_message("w0: capturing")
            status, body = get(bed.receiving, "/readyz")
            expect(status == 200, f"/readyz with the interface: {status} {body}")
            sent = played(settings, bed, service, path, ["h0"])
            rows, summary = finish(service)
        finally:
            run(["ip", "-n", bed.receiving, "link", "del", "w0"], check=False)
    expect_all(sent, summary)
    expect_rows(wanted, rows, summary)
    return f"{sent} packets, {len(rows)} rows"


def missing_for_too_long(settings, bed):
    begin = time.monotonic()
    with Service(settings, bed, configuration("w1", 1, "wait_for: 2s"), wait=False) as service:
        service.wait_exit(1)
        took = time.monotonic() - begin
        service.expect_message("input edge: no interface w1")
    expect(took >= 2, f"waited for {took:.1f} s only")
    return f"status 1 after {took:.1f} s"


def renamed(settings, bed, workers):
    path = own_capture(settings.folder, "exchanges")
    wanted, _ = read(settings, path, FLOWS_OF_A_DAY)
    with Service(settings, bed, configuration("c0", workers)) as service:
        try:
            sent = play(settings, bed, [path])
            bed.change("c0", "name", "r0")
            service.expect_message("c0: the interface is called r0 now")
            sent += play(settings, bed, [path])
            wait_taken(service, sent)
            # A filter for the interface of the new name.
            service.configure(configuration("c0", workers, "bpf_filter: 'len >= 14'"))
            service.command("reload")
            sent += play(settings, bed, [path])
            wait_taken(service, sent)
        finally:
            bed.change("r0", "name", "c0")
        rows, summary = finish(service)
    expect_all(sent, summary)
    expect(len(rows) == len(wanted), f"{len(rows)} rows, {len(wanted)} wanted: flows go on")
    return f"{sent} packets, {len(rows)} rows"


def names_swapped(settings, bed, workers):
    """While nobody looks, so that the sensor finds the names as they are in the end."""
    path = own_capture(settings.folder, "exchanges")
    wanted, _ = read(settings, path, FLOWS_OF_A_DAY)

    def swap(service, one, other):
        service.process.send_signal(signal.SIGSTOP)
        bed.change(one, "name", "swapped")
        bed.change(other, "name", one)
        bed.change("swapped", "name", other)
        mark = service.messages.mark()
        service.process.send_signal(signal.SIGCONT)
        for old, new in ((one, other), (other, one)):
            service.expect_message(f"{old}: the interface is called {new} now", mark)

    with Service(settings, bed, configuration("c[01]", workers)) as service:
        sent = played(settings, bed, service, path, ["g0", "g1"])
        try:
            swap(service, "c0", "c1")
            sent += sum(play(settings, bed, [path], interface=name) for name in ("g0", "g1"))
            wait_taken(service, sent)
        finally:
            swap(service, "c0", "c1")
        metrics = service.metrics()
        for name in ("c0", "c1"):
            opens, present = (metrics.sum(f"flowgauge_capture_interface_{word}", interface=name)
                              for word in ("opens_total", "present"))
            expect((opens, present) == (1, 1), f"{name}: opens {opens}, present {present}")
        rows, summary = finish(service)
    expect_all(sent, summary)
    expect(len(rows) == 2 * len(wanted), f"{len(rows)} rows, 2 x {len(wanted)} wanted")
    return f"{sent} packets, {len(rows)} rows"


def down_unseen(settings, bed):
    """Down and up again before the sensor looks: said and counted nevertheless."""
    with Service(settings, bed, configuration("c0", 1)) as service:
        service.process.send_signal(signal.SIGSTOP)
        bed.change("c0", "down")
        bed.change("c0", "up")
        service.process.send_signal(signal.SIGCONT)
        service.expect_message("c0: the interface is down")
        service.expect_message("c0: the interface is up")
        downs = service.metrics().sum("flowgauge_capture_interface_downs_total")
        expect(downs == 1, f"flowgauge_capture_interface_downs_total {downs}")
        wait_for("carrier on c0", 10, lambda: bed.is_up("c0"))
        finish_empty(service)
    return "1 down"


def follows_default_route(settings, bed, workers):
    path = own_capture(settings.folder, "exchanges")
    with Service(settings, bed, configuration("auto", workers), wait=False) as service:
        def route(*words):
            run(["ip", "-n", bed.receiving, "route", *words])
        wait_for("ready", 60, service.is_ready)
        # Without a route both are taken; a sensor that starts later takes one.
        for name in ("c0", "c1"):
            service.expect_message(f"{name}: capturing")
        finish_empty(service)
        try:
            route("add", "default", "dev", "c0")
            with Service(settings, bed, configuration("auto", workers)) as other:
                expect(not other.messages.since(0, "c1: capturing"), "takes c1 as well")
                sent = played(settings, bed, other, path, ["g0"])
                route("replace", "default", "dev", "c1")
                other.expect_message("c1: capturing")
                sent += play(settings, bed, [path], interface="g1")
                wait_taken(other, sent)
                rows, summary = finish(other)
        finally:
            run(["ip", "-n", bed.receiving, "route", "del", "default"], check=False)
    expect_all(sent, summary)
    return f"{sent} packets, {len(rows)} rows"


def finish_empty(service):
    service.process.send_signal(signal.SIGTERM)
    service.wait_exit(0)


def glob_on_command_line(settings, bed, workers):
    path = own_capture(settings.folder, "exchanges")
    with Run(settings, bed, [*FLOWS_OF_A_DAY, "--workers", str(workers)], ["c*"],
             wait=False) as capture:
        wait_for("ready", 60, capture.is_ready)
        sent = play(settings, bed, [path]) + play(settings, bed, [path], interface="g1")
        try:
            bed.add_link("g7", "c7")
            wait_for("c7", 10, lambda: "c7: capturing" in capture.messages())
            sent += play(settings, bed, [path], interface="g7")
            time.sleep(0.5)  # stop() gives what has been received time to arrive
            rows, summary = capture.stop()
        finally:
            run(["ip", "-n", bed.receiving, "link", "del", "c7"], check=False)
    expect_all(sent, summary)
    wanted, _ = read(settings, path, FLOWS_OF_A_DAY)
    expect(len(rows) == 3 * len(wanted), f"{len(rows)} rows, 3 x {len(wanted)} wanted: flows of "
           "different interfaces are different flows")
    return f"{sent} packets, {len(rows)} rows"


def rounds_with_pauses(pace=0.4, seconds=6.4):
    """Packets of 16 conversations; every other one is silent for 2 s now and then."""
    frames = []
    for turn in range(int(seconds / pace)):
        for number, (source, destination) in enumerate(pairs(16)):
            is_silent = number % 2 and turn % 8 in range(2, 7)
            port = 9999 if is_silent else 20000 + number  # its place is another flow's
            way = (source, destination) if turn % 3 else (destination, source)
            ports = (port, 53) if turn % 3 else (53, port)
            frames.append(ethernet(ip(*way, 17, udp(*ports, text(40 + turn)))))
    return frames


def ring_not_read(settings, bed, workers):
    """Stopped for 3 s under traffic, with an idle timeout of 1 s: the same rows as from the file."""
    path = write_pcap(settings.folder, f"pauses {workers}", rounds_with_pauses(), step_us=25000)
    options = [*STATISTICS, "--idle-timeout", "1", "--n-dissections", "20"]
    wanted, reading = read(settings, path, options)
    with Run(settings, bed, [*options, "--workers", str(workers), "--socket-buffer-size",
                             "64MiB"]) as capture:
        player = play(settings, bed, [path], ("--own-pace",), wait=False)
        time.sleep(1.5)
        capture.process.send_signal(signal.SIGSTOP)
        time.sleep(3)
        capture.process.send_signal(signal.SIGCONT)
        expect(player.poll() is None, "the sender ended too early")
        player.communicate(timeout=60)
        end(player)
        sent = reading["packets_read"]
        capture.wait_delivered(sent)
        rows, summary = capture.stop()
    expect_all(sent, summary)
    expect_rows(wanted, rows, summary)
    return f"{sent} packets, {len(rows)} rows"


TEN_MISTAKES = """version: 1
sensr: x
inputs:
  - {name: edge, interface: c0, workers: lots, bpf_filter: "udp and and"}
  - {name: edge, interface: c1}
flows: {idle_timeout: 5, accounting_mode: 7}
dissection: {guess: perhaps}
sinks:
  - {name: disk, type: carrier_pigeon, path: "{folder}/out/flows.csv"}
metrics: {listen: "nowhere"}
logging: {level: loud}
"""
# Line and path of each; columns are checked to be there.
MISTAKES = {2: ["sensr"], 4: ["workers", "bpf_filter"], 5: ["inputs.edge"],
            6: ["idle_timeout", "accounting_mode"], 7: ["guess"], 9: ["type"], 10: ["listen"],
            11: ["level"]}


def expect_ten(output, what):
    for line, paths in MISTAKES.items():
        for path in paths:
            expect(re.search(rf":{line}:[1-9]\d*: [^:]*{path}: ", output),
                   f"{what} does not name {path} of line {line}:\n{output}")


def ten_mistakes(settings, bed):
    good = configuration("c0", 2)
    with Service(settings, bed, good) as service:
        path = own_capture(settings.folder, "exchanges")
        sent = played(settings, bed, service, path, ["g0"])
        service.configure(TEN_MISTAKES)
        checked = run([settings.flowgauge, "check", "--config", service.path("flowgauge.yaml")],
                      check=False)
        expect(checked.returncode == 2, f"check: status {checked.returncode}")
        expect_ten(checked.stdout + checked.stderr, "check")
        mark = service.messages.mark()
        reload = service.command("reload", check=False)
        expect(reload.returncode == 2, f"reload: status {reload.returncode}")
        expect_ten(reload.stdout + reload.stderr, "reload")
        service.expect_message("reload refused, 10 errors", mark)
        metrics = service.metrics()
        found = [metrics.sum(f"flowgauge_config_{name}") for name in
                 ("last_reload_successful", "reloads_refused_total", "reloads_total")]
        expect(found == [0, 1, 1], f"last reload successful, refused, reloads: {found}")
        sent += play(settings, bed, [path])
        wait_taken(service, sent)
        service.configure(good)
        service.command("reload")
        expect(service.metrics().sum("flowgauge_config_last_reload_successful") == 1,
               "a good one afterwards does not count as successful")
        rows, summary = finish(service)
    expect_all(sent, summary)
    return f"{sum(map(len, MISTAKES.values()))} mistakes named, {len(rows)} rows"


def stopped_during_reloads(settings, bed, workers):
    path = own_capture(settings.folder, "mixed")
    verdicts = []
    with Service(settings, bed, configuration("c0", workers)) as service:
        over = threading.Event()

        def reloads():
            for number in range(1000):
                if over.is_set():
                    return
                service.configure(configuration("c0", workers,
                                                f"bpf_filter: 'len >= {number % 14 + 1}'"))
                verdicts.append(service.command("reload", check=False).returncode)
        thread = threading.Thread(target=reloads, daemon=True)
        player = play(settings, bed, [path], ("--rate", str(RATE // 2), "--repeat", "100"),
                      wait=False)
        try:
            thread.start()
            wait_for("ten reloads", 60, lambda: len(verdicts) >= 10)
            rows, summary = finish(service)
        finally:
            over.set()
            end(player)
            thread.join(60)
    expect(not any(verdicts[:10]), f"verdicts {verdicts}")
    expect(summary["packets_read"] == summary["packets_in_flows"] +
           sum(summary["packets_rejected"].values()), str(summary))
    return f"{len(verdicts)} reloads, {len(rows)} rows"


def second_signal(settings, bed):
    """The first drains, which `ring_retire` makes long; one that comes 2 s later or more ends the
    process at once. What comes earlier counts as the first: terminals signal a whole group."""
    with Service(settings, bed, configuration("c0", 1, "ring_retire: 5s")) as service:
        mark = service.messages.mark()
        service.process.send_signal(signal.SIGTERM)
        service.expect_message("stopping: ", mark)
        service.process.send_signal(signal.SIGINT)
        time.sleep(2.2)
        expect(service.process.poll() is None, "did not drain for 10 s, or the signal at once was "
               "taken for a second one")
        begin = time.monotonic()
        service.process.send_signal(signal.SIGTERM)
        service.wait_exit(-signal.SIGTERM)
        took = time.monotonic() - begin
    expect(took < 3, f"{took:.1f} s: that was the end of the draining")
    return f"{took:.2f} s"


def made_anew_fifty_times(settings, bed, workers):
    with Service(settings, bed, configuration("n*", workers), wait=True) as service:
        before = service.descriptors()
        for number in range(50):
            name = f"n{number % 3}"
            mark = service.messages.mark()
            bed.add_link("h1", name)
            service.expect_message(f"{name}: capturing", mark)
            bed.delete(name)
            service.expect_message(f"{name}: the interface is gone", mark)
        wait_for(f"{before} descriptors", 10, lambda: service.descriptors() == before,
                 look_every=0.1)
        opens = service.metrics().sum("flowgauge_capture_interface_opens_total")
        expect(opens == 50, f"flowgauge_capture_interface_opens_total {opens}")
        finish_empty(service)
    return f"{before} descriptors before and after"


def messages_left_out(settings, bed):
    """One a second of its kind, and the rest is told of although nothing follows."""
    text = configuration("n*", 1).replace("rate_limit: 1000", "rate_limit: 1")
    with Service(settings, bed, text) as service:
        for number in range(4):
            bed.add_link("h2", f"n{number}")
            wait_for("capture", 10, lambda n=number + 1: service.metrics().sum(
                "flowgauge_capture_interface_opens_total") == n)
            bed.delete(f"n{number}")
        line = service.expect_message(r"gone.* … \d+ more like it left out", seconds=3)
        suppressed = service.metrics().sum("flowgauge_log_messages_suppressed_total")
        expect(suppressed > 0, f"flowgauge_log_messages_suppressed_total {suppressed}")
        finish_empty(service)
    return line[0]


def people_look(settings, bed):
    path = own_capture(settings.folder, "exchanges")
    with Service(settings, bed, configuration("c0", 2)) as service:
        sent = played(settings, bed, service, path, ["g0"])
        top = service.command("top", "--once", "--view", "flows").stdout
        expect("10.1.0.1" in top, f"top --once shows no flow:\n{top}")
        status = service.command("status").stdout
        expect("lone: running" in status and f"{sent}" in status.replace(",", ""), status)
        known = bed.inside(bed.receiving, [settings.flowgauge, "interfaces"]).stdout
        for name in ("c0", "c1", "lo"):
            expect(re.search(rf"^\W*{name} +up ", known, re.M), f"interfaces:\n{known}")
        finish(service)
    return f"{len(top.splitlines())} lines of top, {len(status.splitlines())} of status"


def port_taken(settings, bed):
    run(["ip", "-n", bed.receiving, "link", "set", "lo", "up"])
    with thread_inside(bed.receiving):
        holder = socket.create_server(("127.0.0.1", PORT))
    with holder:
        with Run(settings, bed, FLOWS_OF_A_DAY) as capture:
            path = own_capture(settings.folder, "exchanges")
            sent = play(settings, bed, [path])
            capture.wait_delivered(sent)
            _, summary = capture.stop()
            expect(re.search(rf"{PORT}.*going on without it", capture.messages()),
                   f"no warning:\n{capture.messages()}")
        expect_all(sent, summary)
        with Service(settings, bed, configuration("c0", 1), wait=False) as service:
            service.wait_exit(1)
            service.expect_message(f"{PORT}")
        return "ad hoc: a warning; with a configuration: status 1: " + service.messages.text()


def service_cases(settings):
    cases = []
    for name, function in (("interface missing at the start", missing_at_start),
                           ("interface renamed", renamed),
                           ("names of interfaces swapped", names_swapped),
                           ("`interface: auto` follows the default route", follows_default_route),
                           ("`-i c*`", glob_on_command_line),
                           ("ring not read for 3 s", ring_not_read),
                           ("SIGTERM during reloads", stopped_during_reloads),
                           ("interface made anew 50 times", made_anew_fifty_times)):
        for workers in (1, 2):
            cases.append((f"{name}, {workers} worker{'s'[:workers - 1]}",
                          lambda bed, f=function, w=workers: f(settings, bed, w)))
    for name, function in (("interface that stays missing", missing_for_too_long),
                           ("interface down and up unseen", down_unseen),
                           ("ten mistakes", ten_mistakes), ("second SIGTERM", second_signal),
                           ("messages of a kind are limited", messages_left_out),
                           ("status, top and interfaces", people_look),
                           ("port of the metrics is taken", port_taken)):
        cases.append((name, lambda bed, f=function: f(settings, bed)))
    return cases
