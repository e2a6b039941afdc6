"""`flowgauge run` on interfaces and `flowgauge read` of files."""
import itertools
import json
import os
import signal
import subprocess
import tempfile
import threading

from live.network import kernel_queues_empty
from live.outcome import Failure, expect
from live.processes import end, run, start, wait_for
from live.rows import Rows

READY_SECONDS = 60
DELIVERY_SECONDS = 30
EXIT_SECONDS = 60
RING = "16MiB"
DAY = 86400

STATISTICS = ["--statistical-analysis", "true", "--splt-analysis", "10"]
FLOWS_OF_A_DAY = [*STATISTICS, "--n-dissections", "20",
                  "--idle-timeout", str(DAY), "--active-timeout", str(DAY)]
# For captures whose own times span more than a day.
FLOWS_OF_30_YEARS = [*STATISTICS, "--n-dissections", "20",
                     "--idle-timeout", "1000000000", "--active-timeout", "1000000000"]
DEFAULT_FLOWS = [*STATISTICS, "--n-dissections", "20"]

SIGNALS = itertools.cycle((signal.SIGINT, signal.SIGTERM))


class Run:
    """One `flowgauge run` in the receiving namespace."""

    def __init__(self, settings, bed, options, interfaces=("c0",), program=None, wait=True):
        self.bed = bed
        self.folder = tempfile.mkdtemp(dir=settings.folder)
        command = ["ip", "netns", "exec", bed.receiving]
        command += program or [settings.flowgauge]
        command += ["run", *(word for name in interfaces for word in ("-i", name)),
                    "--socket-buffer-size", RING, "--output", self.path("rows.csv"),
                    "--summary", self.path("summary.json"), *options]
        self.before = {name: self.counters(name) for name in interfaces if name != "lo" and wait}
        with open(self.path("messages"), "wb") as messages:
            self.process = start(command, stdout=messages, stderr=messages)
        if wait:
            wait_for("flowgauge: ready", READY_SECONDS, self.is_ready)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self.process)

    def counters(self, interface):
        return (self.bed.received(interface), self.bed.lost_on_the_way(interface))

    def forget_counters(self):
        """Of an interface that was made anew."""
        self.before = {name: self.counters(name) for name in self.before}

    def path(self, name):
        return os.path.join(self.folder, name)

    def text(self, name):
        try:
            with open(self.path(name), encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def messages(self):
        return self.text("messages")

    def is_ready(self):
        if "flowgauge: ready" in self.messages():
            return True
        expect(self.process.poll() is None,
               f"ended with status {self.process.returncode} before it was ready:\n"
               f"{self.messages()}")
        return False

    def reports(self):
        return [json.loads(line) for line in self.messages().splitlines()
                if line.startswith("{") and line.endswith("}")]

    def rows(self):
        return Rows(self.text("rows.csv"))

    def wait_delivered(self, sent, interface="c0"):
        """Until the kernel has given every frame to the packet sockets."""
        received, lost = self.before[interface]
        try:
            wait_for("delivery", DELIVERY_SECONDS,
                     lambda: self.bed.received(interface) >= received + sent)
        except Failure:
            raise Failure(
                f"the network lost frames: {sent} sent, "
                f"{self.bed.received(interface) - received} came, "
                f"{self.bed.lost_on_the_way(interface) - lost} dropped by the veth pair") from None
        wait_for("empty queues of the kernel", DELIVERY_SECONDS, kernel_queues_empty)

    def wait_exit(self, status=0):
        try:
            self.process.wait(EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            raise Failure(f"did not end within {EXIT_SECONDS} s\n{self.messages()}") from None
        expect(self.process.returncode == status,
               f"status {self.process.returncode}, not {status}:\n{self.messages()}")

    def stop(self, status=0, number=None):
        """Asks it to stop; returns the rows and the summary, which agree with each other."""
        chosen = next(SIGNALS) if number is None else number
        self.process.send_signal(chosen)
        self.wait_exit(status)
        return self.results()

    def results(self):
        summary = json.loads(self.text("summary.json"))
        rows = self.rows()
        rejected = sum(summary["packets_rejected"].values())
        expect(summary["packets_read"] == summary["packets_in_flows"] + rejected,
               f"packets_read is not packets_in_flows + packets_rejected: {summary}")
        expect(summary["flows_created"] == sum(summary["flows_expired"].values()),
               f"flows_created is not flows_expired after the end: {summary}")
        expect(summary["flows"] == len(rows), f"{len(rows)} rows, but {summary}")
        expect(summary["records_dropped"] == 0, f"records dropped on the way out: {summary}")
        expect(rows.total("bidirectional_packets") + summary["packets_in_flows_discarded"]
               == summary["packets_in_flows"],
               f"the rows have {rows.total('bidirectional_packets')} packets: {summary}")
        return rows, summary


def expect_all(sent, summary):
    rejected = sum(summary["packets_rejected"].values())
    dropped = summary["capture_dropped_packets"]
    expect(sent == summary["packets_in_flows"] + rejected + dropped,
           f"{sent} sent, but {summary['packets_in_flows']} in flows + {rejected} rejected + "
           f"{dropped} dropped by the kernel = "
           f"{summary['packets_in_flows'] + rejected + dropped}: {summary}")
    expect(dropped == 0, f"the kernel dropped {dropped} packets at a paced rate")


READ_LOCK = threading.Lock()
READ_RESULTS = {}


def read(settings, path, options):
    """Rows and summary of `flowgauge read`, made once."""
    key = (settings, path, tuple(options))
    with READ_LOCK:
        found = READ_RESULTS.get(key)
    if found is None:
        folder = tempfile.mkdtemp(dir=settings.folder)
        rows, summary = (os.path.join(folder, name) for name in ("rows.csv", "summary.json"))
        run([settings.flowgauge, "read", path, *options, "--workers", "1", "--output", rows,
             "--summary", summary])
        with open(rows, encoding="utf-8") as rows_file, open(summary, encoding="utf-8") as file:
            found = (Rows(rows_file.read()), json.load(file))
        with READ_LOCK:
            READ_RESULTS[key] = found
    return found
