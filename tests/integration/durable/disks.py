"""Files and spools on disks that become full: what is lost is counted exactly, and when there is room again
everything goes on by itself."""
import csv
import ctypes
import os
import time

from durable.account import Account
from durable.bench import Sender, Sensor, spool
from durable.peers import Peer
from durable.streams import Corrupt, LineStream, line_record
from live.outcome import expect
from live.processes import run, wait_for

FLOWS_PER_SECOND = 4000
FULL_SECONDS, RESUME_SECONDS, DRAIN_SECONDS = 20, 10, 30
CLONE_NEWNS = 0x00020000
# Each sink, its disk's size before and after, and why it loses records. The spool of `bound` has a size itself.
DISKS = {"full": ("3m", "64m", "output_failed"), "low": ("8m", "64m", "disk_low"), "wire": ("3m", "64m", "spool_full"),
         "bound": ("64m", "64m", "spool_full")}
MIN_FREE = "5MiB"
BOUND = "3MiB"


def private_mounts():
    """What is mounted from now on is seen by this process and its children alone."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    run(["mount", "--make-rprivate", "/"])


class Disks:
    def __init__(self, settings, bed):
        private_mounts()
        self.bed = bed
        self.folder = settings.folder
        self.accounts = {name: Account(name) for name in DISKS}
        self.peers, sinks = [], []
        for name, (size, _, _) in DISKS.items():
            os.mkdir(self.path(name))
            run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", self.path(name)])
            sinks.append(self.file(name) if name in ("full", "low") else self.stream(name))
        self.sensor = Sensor(settings, bed, sinks)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for name in DISKS:
            run(["umount", "-l", self.path(name)], check=False)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def file(self, name):
        return {"name": name, "type": "file", "path": self.path(name, "flows.csv"), "rotate_every": "0s",
                "rotate_size": "0B", "min_free": MIN_FREE if name == "low" else "0B", "queue": {"memory": "1MiB"}}

    def stream(self, name):
        address = self.path(f"{name}.sock")
        peer = Peer(address, None, LineStream, self.accounts[name])
        peer.set("away")
        self.peers.append(peer)
        size = {"size": BOUND} if name == "bound" else {}
        return {"name": name, "type": "socket", "transport": "tcp", "replay": "1MiB",
                "collectors": [f"unix:{address}"], **spool(self.path(name), **size)}

    def run(self):
        sender = Sender(self.bed, FLOWS_PER_SECOND)
        wait_for("disks that are full", FULL_SECONDS, self.all_drop, look_every=0.1)
        before = self.sensor.last.sum("flowgauge_packets_read_total")
        wait_for("a sensor that goes on", FULL_SECONDS, lambda: self.sensor.look().sum(
            "flowgauge_packets_read_total") > before + FLOWS_PER_SECOND, look_every=0.1)
        self.make_room()
        sent = sender.stop()
        wait_for("flows that end", DRAIN_SECONDS, self.sensor.is_quiet, look_every=0.1)
        dropped = {name: self.sensor.dropped(name) for name in DISKS}
        came = {name: self.sensor.number("records_in_total", name) for name in DISKS}
        summary = self.sensor.stop()
        for peer in self.peers:
            peer.stop()
        for name in ("full", "low"):
            self.read(name)
        self.judge(sent, came, dropped, summary)

    def all_drop(self):
        self.sensor.look()
        return all(DISKS[name][2] in self.sensor.dropped(name) for name in DISKS)

    def make_room(self):
        """Without a restart, records come out again soon, and no more are lost."""
        begin = time.monotonic()
        for name, (_, size, _) in DISKS.items():
            run(["mount", "-o", f"remount,size={size}", self.path(name)])
        for peer in self.peers:
            peer.set("up")
        lost = None

        def has_resumed():
            nonlocal lost
            before, lost = lost, {name: self.sensor.dropped(name) for name in DISKS if self.sensor.look()}
            return lost == before
        wait_for("sinks that lose nothing", RESUME_SECONDS, has_resumed, look_every=0.5)
        self.resumed_after = time.monotonic() - begin
        written = {name: self.sensor.number("records_acknowledged_total", name) for name in DISKS}
        wait_for("records that come out", RESUME_SECONDS, lambda: self.sensor.look() and all(
            self.sensor.number("records_acknowledged_total", name) > written[name] for name in DISKS), look_every=0.1)

    def read(self, name):
        """The file as a user of it reads it."""
        with open(self.path(name, "flows.csv"), encoding="utf-8", newline="") as file:
            text = file.read()
        expect(text.endswith("\n"), f"{name}: the file does not end with a whole row")
        for row in csv.DictReader(text.splitlines()):
            try:
                self.accounts[name].enter(line_record(row))
            except (Corrupt, ValueError, KeyError, AttributeError) as error:
                self.accounts[name].wrong.append(f"{error}: {row}")

    def judge(self, sent, came, dropped, summary):
        problems = []
        for name, account in self.accounts.items():
            print(f"{name}: {sent} flows, {account.arrived} arrived, dropped {dropped[name]}")
            problems += account.check(sent)
            for holds, what in (
                    (came[name] == sent, f"{came[name]} records came to the sink"),
                    (account.arrived == summary[name]["written"], f"{account.arrived} arrived: {summary[name]}"),
                    (account.arrived + sum(dropped[name].values()) == sent, "not every flow is in one number"),
                    (set(dropped[name]) <= {DISKS[name][2], "queue_full"}, f"dropped {dropped[name]}"),
                    (account.repeated == 0 and account.cut == 0, "flows that came twice, or in part")):
                if not holds:
                    problems.append(f"{name}: {what}")
        print(f"nothing was lost any more {self.resumed_after:.1f} s after there was room")
        expect(not problems, "\n".join(problems))
