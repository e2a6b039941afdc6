"""The sensor is killed (SIGKILL) again and again at random moments, while its collectors come and go."""
import os
import time

from durable.account import Account
from durable.bench import Sender, Sensor, free_port, spool
from durable.peers import Peer
from durable.spool_files import SpoolFiles
from durable.streams import IpfixStream, LineStream
from live.outcome import expect
from live.processes import end, wait_for

FLOWS_PER_SECOND = 6000
# About 600 bytes a line.
COLUMNS = ["flow_uid", "src_ip", "src_port", "dst_ip", "dst_port", "bidirectional_packets", "bidirectional_bytes",
           "src_mac", "dst_mac", "src2dst_first_seen_ms", "src2dst_last_seen_ms", "src2dst_mean_ps",
           "src2dst_stddev_ps", "src2dst_min_piat_ms", "src2dst_mean_piat_ms", "src2dst_max_piat_ms", "end_reason"]
EARLY = 0.15  # of the kills come before the sensor is ready
EARLY_SECONDS = (0.0, 0.3)
LIVE_SECONDS = (0.3, 2.5)
UP_SECONDS, AWAY_SECONDS = (0.3, 1.2), (1.0, 4.0)
SCRAPE_SECONDS = 0.1
DRAIN_SECONDS = 60
MORE = 4  # times as many kills, until everything has happened that the test is about


class Weather:
    """When a collector is there."""

    def __init__(self, peer, chance):
        self.peer = peer
        self.chance = chance
        self.changes_at = 0

    def turn(self):
        if time.monotonic() < self.changes_at:
            return
        mode = self.chance.choices(("away", "stuck"), (3, 1))[0] if self.peer.mode == "up" else "up"
        self.peer.set(mode)
        seconds = UP_SECONDS if mode == "up" else AWAY_SECONDS
        self.changes_at = time.monotonic() + self.chance.uniform(*seconds)


class Lane:
    """One sink, from its spool to its collector."""

    def __init__(self, sink, folder, chance, address, streams):
        self.sink = sink
        self.account = Account(sink["name"])
        self.peer = Peer(*address, streams[0], self.account)
        self.weather = Weather(self.peer, chance)
        self.files = SpoolFiles(folder, streams[1])
        self.promised = 0  # records that were not in memory alone, when it was last looked
        self.committed = self.recovered = self.dropped = 0

    def expect_recovered(self, sensor):
        """What the sensor found is what lay there."""
        recovered = sensor.number("records_recovered_total", self.sink["name"])
        expect(recovered == self.files.waiting, f"{self.sink['name']}: {self.files.waiting} records were in the "
               f"spool, and {recovered} were found there")
        self.recovered += recovered

    def count_dropped(self, sensor):
        """The spool is never full, but on a busy machine the sink or its disk may be late by more than memory holds."""
        dropped = sensor.dropped(self.sink["name"])
        expect(set(dropped) <= {"queue_full"}, f"{self.sink['name']}: dropped {dropped}")
        return sum(dropped.values())

    def promise(self, sensor):
        """What came to the sink until the last scrape, was not dropped, and was not in memory alone."""
        name, dropped = self.sink["name"], self.count_dropped(sensor)
        self.dropped += dropped
        self.promised += sensor.number("records_in_total", name) - dropped - sensor.number("queued_records", name)

    def after_kill(self, sensor):
        if sensor.last is not None:
            self.promise(sensor)
        for number, _, _ in self.files.look():
            self.committed += self.account.commit(number)

    def expect_all(self, sent, kills, kernel_drops):
        account = self.account
        problems = account.check(sent)
        lost = account.lost()
        if lost:
            problems.append(f"{account.name}: {len(lost)} committed records are lost, of flows {lost[:10]}")
        if account.arrived < self.promised:
            problems.append(f"{account.name}: {account.arrived} records came, {self.promised} were promised")
        if account.cut > kills + 1 + kernel_drops:
            problems.append(f"{account.name}: {account.cut} flows lack packets, after {kills} kills")
        if not self.has_seen_all():
            problems.append(f"{account.name}: the test saw nothing: {self.report()}")
        return problems

    def has_seen_all(self):
        return bool(self.committed and self.recovered and self.account.repeated)

    def report(self):
        return (f"{self.account.name}: {self.committed} records committed to the spool, {self.recovered} recovered in "
                f"all; {self.account.arrived} records arrived, {self.promised} promised by scrapes; "
                f"{self.account.repeated} repeated, {self.dropped} dropped by a full queue, {self.account.cut} cut, "
                f"{len(self.account.lost())} lost")


class Kills:
    def __init__(self, settings, bed, chance):
        self.settings, self.bed, self.chance = settings, bed, chance
        port = free_port(bed)
        self.lanes = []
        for name, address, streams, options in (
                ("ipfix", ("127.0.0.1", port), (IpfixStream, lambda: IpfixStream(numbered=False)),
                 {"type": "ipfix", "profile": "full", "collectors": [f"127.0.0.1:{port}"]}),
                ("lines", self.path("lines.sock"), (LineStream, LineStream),
                 {"type": "socket", "columns": COLUMNS, "collectors": [f"unix:{self.path('lines.sock')}"]})):
            sink = {"name": name, "transport": "tcp", "replay": "2MiB", **spool(self.path(name)), **options}
            self.lanes.append(Lane(sink, self.path(name), chance, (address, bed.receiving), streams))
        self.scrapes = self.kernel_drops = 0
        self.begin = time.monotonic()

    def path(self, name):
        return os.path.join(self.settings.folder, name)

    def sensor(self, wait):
        return Sensor(self.settings, self.bed, [lane.sink for lane in self.lanes], wait=wait)

    def run(self, kills):
        sender = Sender(self.bed, FLOWS_PER_SECOND)
        done = 0
        while done < kills or (done < MORE * kills and not all(lane.has_seen_all() for lane in self.lanes)):
            self.cycle(done)
            done += 1
        for lane in self.lanes:
            lane.peer.set("up")
        sensor = self.sensor(True)
        sent = sender.stop()
        wait_for("flows that end", DRAIN_SECONDS, sensor.is_quiet, look_every=SCRAPE_SECONDS)
        self.drain(sensor)
        problems = [problem for lane in self.lanes for problem in lane.expect_all(sent, done, self.kernel_drops)]
        self.report(done, sent)
        expect(not problems, "\n".join(problems))

    def cycle(self, number):
        early = number > 0 and self.chance.random() < EARLY
        sensor = self.sensor(not early)
        if early:
            time.sleep(self.chance.uniform(*EARLY_SECONDS))
        else:
            self.live(sensor, self.chance.uniform(*LIVE_SECONDS))
        expect(sensor.process.poll() is None, f"ended by itself:\n{sensor.messages.text()}")
        end(sensor.process)
        for lane in self.lanes:
            lane.after_kill(sensor)
            expect(not lane.account.wrong, f"after kill {number + 1}: {lane.account.name}: {lane.account.wrong[:5]}")

    def live(self, sensor, seconds):
        deadline = time.monotonic() + seconds
        sensor.look()
        for lane in self.lanes:
            lane.expect_recovered(sensor)
        while time.monotonic() < deadline:
            for lane in self.lanes:
                lane.weather.turn()
            time.sleep(min(SCRAPE_SECONDS, max(0, deadline - time.monotonic())))
            sensor.look()
            self.scrapes += 1
        self.kernel_drops += sensor.last.sum("flowgauge_capture_dropped_packets_total")

    def drain(self, sensor):
        for lane in self.lanes:
            lane.expect_recovered(sensor)
            lane.promise(sensor)
            lane.promised += sensor.number("queued_records", lane.sink["name"])  # it may end in peace
        summary = sensor.stop()
        for lane in self.lanes:
            sink = summary[lane.sink["name"]]
            expect(sink["dropped"] == lane.count_dropped(sensor) and sink["spooled"] == 0,
                   f"not drained: {sink}\n{sensor.messages.text()}")
            left = [name for name in os.listdir(lane.files.folder) if name.endswith((".seg", ".bad"))]
            expect(not left, f"{lane.sink['name']}: left in the spool: {left}")
            lane.peer.stop()

    def report(self, kills, sent):
        print(f"{kills} kills in {time.monotonic() - self.begin:.0f} s, {sent} flows sent, {self.scrapes} scrapes, "
              f"{self.kernel_drops} packets dropped by the kernel")
        for lane in self.lanes:
            print(lane.report())
