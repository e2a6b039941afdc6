"""The sensor on the host of a town, and what it has written in the end."""
import csv
import itertools
import signal

from live.outcome import expect
from live.processes import wait_for
from live.service import Service

CONFIGURATION = """version: 1
sensor: visible
inputs:
INPUTS
flows: {idle_timeout: 3s, active_timeout: 1800s, end_on_tcp: fin_rst, time_unit: ns}
dissection: {n_dissections: 0}
sinks:
  - {name: disk, type: file, format: csv, path: "{folder}/out/flows.csv", rotate_every: 0s,
     rotate_size: 0B, min_free: 0B}
metrics: {listen: "127.0.0.1:9477"}
control: {socket: "{folder}/control.sock"}
logging: {rate_limit: 1000}
"""
STOP_SECONDS = 20


def configuration(interfaces):
    lines = [f"  - {{name: {name}, interface: {name}, workers: 2, socket_buffer_size: 32MiB}}"
             for name in interfaces]
    return CONFIGURATION.replace("INPUTS", "\n".join(lines))


def options(events, poll_ms=100, max_cpu_percent=0):
    return ["--system-visibility-mode", "1", "--system-visibility-poll-ms", str(poll_ms),
            "--visibility-events", events, "--visibility-max-cpu-percent", str(max_cpu_percent)]


class Watch:
    """A sensor from its first look on."""

    def __init__(self, settings, town, words, interfaces=("c0",), **more):
        self.town = town
        self.service = Service(settings, town, configuration(interfaces), words, **more)
        wait_for("a first look at sockets", 20, lambda: self.polls() >= 2)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.service.__exit__()

    def polls(self):
        return self.metric("polls_total")

    def metric(self, name, **labels):
        return self.service.metrics().sum(f"flowgauge_visibility_{name}", **labels)

    def look(self, times=2):
        """Waits for that many looks that begin after now."""
        before = self.polls()
        wait_for(f"{times} looks at sockets", 20, lambda: self.polls() > before + times)

    def events_in_force(self):
        names = self.service.metrics().label_values("flowgauge_visibility_info", "events")
        expect(len(names) == 1, f"one source of events: {names}")
        return names[0]

    def notes(self):
        return self.service.messages.since(0, "visibility")

    def finish(self):
        """The rows that it has written, all of those it counts."""
        service = self.service
        wait_for("packets that are no more", 20, self.is_quiet, look_every=0.1)
        service.process.send_signal(signal.SIGTERM)
        service.wait_exit(0, STOP_SECONDS)
        with open(service.path("out", "flows.csv"), encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        summary = service.summary()
        expect(summary["flows"] == len(rows), f"{len(rows)} rows, but {summary}")
        expect(summary["records_dropped"] == 0, f"records dropped: {summary}")
        expect(summary["capture_dropped_packets"] == 0, f"packets dropped: {summary}")
        expect(summary["packets_in_flows"] ==
               sum(int(row["bidirectional_packets"]) for row in rows), str(summary))
        return rows

    def is_quiet(self):
        counts = [self.service.metrics().sum("flowgauge_packets_read_total")
                  for _ in itertools.repeat(None, 2)]
        received = self.town.received("c0")
        return counts[0] == counts[1] and received == self.town.received("c0")
