"""Two network namespaces joined by a veth pair, and a generator and receivers in them.

The generator runs on CPU 0 and takes the kernel's half of reception with it; the receiver has CPU
1.
"""
import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import time

from measure.captures import build_tool
from measure.children import Failed, end, run, start

PREFIX = "fgbench-"  # of our namespaces; the process id follows
READY_SECONDS = 30
EXIT_SECONDS = 60
LOOK_EVERY = 0.02
RECEIVER_CPU = "1"
BARE_IDLE_MS = 500  # without a packet for so long, bare ends


def remove_stale():
    """Namespaces of runs that ended without removing them."""
    for line in run(["ip", "netns", "list"], check=False).splitlines():
        found = re.match(re.escape(PREFIX) + r"(\d+)-[sr]\b", line)
        if found and not os.path.exists(f"/proc/{found[1]}"):
            run(["ip", "netns", "del", found[0]], check=False)


def cpu_seconds(pid):
    """What all threads of a process have used."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text(encoding="ascii").split()[0])
    return total / 1e9


def wait_for_word(word, path, child):
    """Until this run of the receiver has written `word` into its own, fresh file."""
    deadline = time.monotonic() + READY_SECONDS
    while word not in path.read_text(encoding="utf-8", errors="replace"):
        if child.poll() is not None or time.monotonic() > deadline:
            raise Failed(f"the receiver did not become ready: {path.read_text()[-500:]}")
        time.sleep(LOOK_EVERY)


class Bed:
    """The namespaces; to be closed."""

    def __init__(self, work):
        self.folder = pathlib.Path(work) / "live"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._summary = self.folder / "summary.json"
        for program in ("pktgun", "bare", "mkpcap"):
            setattr(self, program, build_tool(work, "traffic", program))
        self.sending, self.receiving = (f"{PREFIX}{os.getpid()}-{end}" for end in "sr")
        try:
            run(["env", f"TX_NS={self.sending}", f"RX_NS={self.receiving}", "bash",
                 self.bare.parent / "bed.sh", "up"])
        except Failed:
            self.close()
            raise

    def close(self):
        for name in (self.sending, self.receiving):
            run(["ip", "netns", "del", name], check=False)

    def traffic(self, name, *words):
        """A file to replay, the same bytes each time."""
        path = self.folder / f"{name}.pcap"
        run([self.mkpcap, path, *words])
        return path

    def inside(self, command, **options):
        return start(["ip", "netns", "exec", self.receiving, *command], raised=True, **options)

    def send(self, file, count, rate):
        """Sends exactly `count` packets, unpaced if rate is 0. Returns packets a second."""
        pace = ["-p", str(rate)] if rate else []
        child = self.inside([self.pktgun, "-i", "c0", "-r", file, "-m", "xdp", "-n", count,
                             "-c", "0", *pace],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            output, errors = child.communicate(timeout=150)
        except subprocess.TimeoutExpired:
            raise Failed("pktgun did not end") from None
        finally:
            end(child)
        if child.returncode != 0:
            raise Failed(f"pktgun: status {child.returncode}: {errors}{output}")
        said = json.loads(output)
        if said["sent"] != count or said["errs"]:
            raise Failed(f"pktgun: {output}")
        return said["pps"]

    def through_bare(self, file, count, rate):
        """Rate sent, packets dropped by the kernel, CPU nanoseconds of the worker a packet."""
        result, messages = self.folder / "bare.json", self.folder / "bare.messages"
        with open(result, "wb") as output, open(messages, "wb") as errors:
            child = self.inside([self.bare, "-i", "c0", "-C", RECEIVER_CPU, "-I", BARE_IDLE_MS],
                                stdout=output, stderr=errors)
        try:
            wait_for_word("READY", messages, child)
            pps = self.send(file, count, rate)
            child.wait(EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            raise Failed("bare did not end") from None
        finally:
            end(child)
        said = json.loads(result.read_text(encoding="utf-8"))
        if said["pk"] + said["drops"] != count:
            raise Failed(f"{count} sent, but bare: {said}")
        return pps, said["drops"], said["cpu_ns"]

    def loopback_up(self):
        """For those who talk to each other where the receiver is."""
        run(["ip", "-n", self.receiving, "link", "set", "lo", "up"])

    @contextlib.contextmanager
    def sensor(self, program, words, prefix=()):
        """`flowgauge run` on c0 when it is ready; told to end after the block, unless it has."""
        messages = self.folder / "flowgauge.messages"
        self._summary.unlink(missing_ok=True)
        with open(messages, "wb") as errors:
            child = self.inside([*prefix, program, "run", "-i", "c0", *words, "--summary",
                                 self._summary], stdout=errors, stderr=errors)
        try:
            wait_for_word("flowgauge: ready", messages, child)
            yield child
            child.send_signal(signal.SIGTERM)
            child.wait(EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            raise Failed("flowgauge did not end after SIGTERM") from None
        finally:
            end(child)
        if child.returncode != 0:
            raise Failed(f"flowgauge: status {child.returncode}: {messages.read_text()[-500:]}")

    def books(self, count):
        """The summary of the last sensor, which has taken or dropped each of `count` packets."""
        said = json.loads(self._summary.read_text(encoding="utf-8"))
        read, dropped = said["packets_read"], said["capture_dropped_packets"]
        inside = said["packets_in_flows"] + sum(said["packets_rejected"].values())
        if read + dropped != count or inside != read:
            raise Failed(f"{count} sent, but flowgauge: {said}")
        return said

    def through_flowgauge(self, program, words, file, count, rate):
        """As through_bare(); the CPU time is that of all threads, for each packet read."""
        words = ["--workers", "1", *words, "--format", "csv", "--output", "/dev/null"]
        with self.sensor(program, words, ["taskset", "-c", RECEIVER_CPU]) as child:
            before = cpu_seconds(child.pid)
            pps = self.send(file, count, rate)
            # The generator's calls deliver before they return, so all is in the ring or dropped.
            child.send_signal(signal.SIGTERM)
            deadline, after = time.monotonic() + EXIT_SECONDS, before
            while child.poll() is None and time.monotonic() < deadline:
                try:
                    after = max(after, cpu_seconds(child.pid))
                except (FileNotFoundError, ProcessLookupError):
                    pass  # it is ending
                time.sleep(LOOK_EVERY)
        said = self.books(count)
        if said["records_dropped"]:
            raise Failed(f"{count} sent, but flowgauge: {said}")
        return pps, said["capture_dropped_packets"], (after - before) * 1e9 / said["packets_read"]
