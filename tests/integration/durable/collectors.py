"""A collector over TCP is killed (SIGKILL) while records flow: what is lost is reported, and with a replay ring
that is larger than both sockets nothing is."""
import glob
import os
import subprocess
import sys
import time

from durable.account import Account
from durable.bench import Sender, Sensor, free_port
from durable.streams import Corrupt, IpfixStream
from live.outcome import expect
from live.processes import end, start, wait_for

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "collector.py")
FLOWS_PER_SECOND = 5000
KILLS = 3
LIVE_SECONDS, DEAD_SECONDS = 1.5, 0.3
RECEIVE_BUFFER = 1 << 19  # the kernel doubles it
SLOW = 0.025  # seconds a read, so that much lies unread in both sockets
WAIT_SECONDS = 20
RINGS = {"none": "0B", "large": "4MiB"}  # of these, both sockets hold at most 1.5 MiB


class Victim:
    """One sink and its collector."""

    def __init__(self, settings, bed, name):
        self.bed = bed
        self.path = os.path.join(settings.folder, name)
        self.port = free_port(bed)
        self.account = Account(name)
        self.runs = 0
        self.process = None
        self.sink = {"name": name, "type": "ipfix", "profile": "full", "transport": "tcp", "replay": RINGS[name],
                     "collectors": [f"127.0.0.1:{self.port}"]}

    def start(self, pause):
        words = [self.port, f"{self.path}.{self.runs}", RECEIVE_BUFFER, pause]
        self.runs += 1
        self.process = start(["ip", "netns", "exec", self.bed.receiving, sys.executable, PROGRAM, *map(str, words)],
                             stdout=subprocess.PIPE, text=True)
        expect(self.process.stdout.readline(), "the collector did not start")

    def kill(self):
        end(self.process)

    def count(self):
        """Enters all that any of its lives has read."""
        for path in glob.glob(f"{self.path}.*.*"):
            with open(path, "rb") as file:
                try:
                    for record in IpfixStream().feed(file.read()):
                        self.account.enter(record)
                except Corrupt as corrupt:
                    self.account.wrong.append(f"{path}: {corrupt}")


class Collectors:
    def __init__(self, settings, bed):
        self.bed = bed
        self.victims = [Victim(settings, bed, name) for name in RINGS]
        for victim in self.victims:
            victim.start(SLOW)
        self.sensor = Sensor(settings, bed, [victim.sink for victim in self.victims])

    def run(self):
        sender = Sender(self.bed, FLOWS_PER_SECOND)
        for kill in range(KILLS):
            self.live(LIVE_SECONDS)
            for victim in self.victims:
                victim.kill()
            self.live(DEAD_SECONDS)
            for victim in self.victims:
                victim.start(SLOW if kill + 1 < KILLS else 0)
        sent = sender.stop()
        wait_for("flows that end, and connections", WAIT_SECONDS, self.is_ready_to_end, look_every=0.1)
        self.sensor.stop()
        for victim in self.victims:
            victim.kill()
            victim.count()
        self.judge(sent)

    def live(self, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.sensor.look()
            time.sleep(0.1)

    def is_ready_to_end(self):
        return self.sensor.is_quiet() and all(
            self.sensor.number("connections_total", victim.sink["name"]) == KILLS + 1 for victim in self.victims)

    def judge(self, sent):
        problems = []
        for victim in self.victims:
            name, account = victim.sink["name"], victim.account
            uncertain, repeated, came = (self.sensor.number(f"records_{word}_total", name) for word in
                                         ("uncertain", "repeated", "in"))
            missing = account.missing(sent)
            print(f"replay {RINGS[name]}: {sent} flows, {account.arrived} arrived, {missing} missing, {uncertain} "
                  f"reported as uncertain; {account.repeated} came again, {repeated} reported as repeated")
            problems += account.check(sent)
            for holds, what in (
                    (came == sent, f"{came} records came to the sink"),
                    (not self.sensor.dropped(name), f"dropped {self.sensor.dropped(name)}"),
                    (missing <= uncertain, "more is missing than was reported"),
                    (missing == 0 if name == "large" else missing > 0, f"{missing} are missing"),
                    (account.repeated <= repeated, "more came again than was reported"),
                    (name != "large" or account.repeated > 0, "nothing came again")):
                if not holds:
                    problems.append(f"{name}: {what}")
        expect(not problems, "\n".join(problems))
