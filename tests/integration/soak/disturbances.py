"""What happens to the sensor and its interfaces while traffic flows."""
import os
import random
import shutil
import signal
import time

from live.outcome import expect
from live.processes import wait_for
from soak.ledger import Wire
from soak.traffic import Recording

NOTICE_SECONDS = 15  # until the sensor says that an interface changed; it was stopped, perhaps


class Disturbances:
    """Each is called in the middle of an epoch, and returns when the sensor has told of it."""

    def __init__(self, service, bed, wires, threads, start_traffic):
        self.service = service
        self.bed = bed
        self.wires = wires
        self.scraper, self.reloader = threads
        self.start_traffic = start_traffic
        self.random = random.Random(1)
        self.files = self.file_frames = 0
        self.counts = {}

    def of(self, receiver):
        return next(wire for wire in self.wires if wire.receiver == receiver)

    def expect(self, pattern, mark):
        return self.service.expect_message(pattern, mark, NOTICE_SECONDS)

    def nothing(self):
        pass

    def down_and_up(self, receiver="c0", seconds=0.5):
        wire, mark = self.of(receiver), self.service.messages.mark()
        before = wire.received()
        self.bed.change(receiver, "down")
        time.sleep(seconds)
        self.bed.change(receiver, "up")
        self.expect(f"{receiver}: the interface is down", mark)
        self.expect(f"{receiver}: the interface is up", mark)
        wire.missing_max += wire.received() - before

    def down_and_up_at_once(self):
        self.down_and_up("d0", 0)

    def rename(self, receiver="c0", other="x0"):
        wire, mark = self.of(receiver), self.service.messages.mark()
        self.bed.change(receiver, "name", other)
        wire.receiver = other
        self.expect(f"{receiver}: the interface is called {other} now", mark)
        self.reloader.reload_now()  # whose filter is for the interface of the new name
        self.bed.change(other, "name", receiver)
        wire.receiver = receiver
        self.expect(f"{other}: the interface is called {receiver} now", mark)

    def rename_out_of_the_glob(self):
        self.rename("d0", "e0")

    def delete_and_create(self, receiver="d1"):
        wire, mark = self.of(receiver), self.service.messages.mark()
        before = wire.received()
        wire.is_there = False
        self.bed.delete(receiver)
        self.start_traffic.join(wire)  # ends with its interface, and says how much it sent
        self.expect(f"{receiver}: the interface is gone", mark)
        wire.gone = wire.sent
        wire.missing_max += wire.before + wire.sent - before
        wire.before = 0
        self.bed.add_link(wire.sender, receiver)
        wire.is_there = True
        self.start_traffic(wire)
        self.expect(f"{receiver}: capturing again", mark)
        time.sleep(0.1)
        wire.missing_max += wire.received()

    def appear_and_vanish(self):
        """A new one that the glob matches; its traffic begins when it is captured."""
        number = 2 + self.counts.get("appear_and_vanish", 0) % 6
        mark = self.service.messages.mark()
        self.bed.add_link(f"n{number}", f"d{number}")
        self.expect(f"d{number}: capturing", mark)
        wire = Wire(self.bed, f"n{number}", f"d{number}", "glob")
        self.wires.append(wire)
        self.start_traffic(wire)
        self.start_traffic.join(wire)
        wire.gone = wait_for("its packets", 10, wire.received)
        wire.gone = wire.received()
        wire.is_there = False
        self.bed.delete(f"d{number}")
        self.expect(f"d{number}: the interface is gone", mark)

    def stop_and_continue(self):
        self.service.process.send_signal(signal.SIGSTOP)
        time.sleep(self.random.uniform(1, 3))
        self.service.process.send_signal(signal.SIGCONT)

    def reload_by_signal(self):
        self.reloader.reload_by_signal()

    def move_file(self):
        """Moved there when whole, and as a copy that grows before our eyes."""
        for way in (os.replace, shutil.copy):
            recording = Recording(self.service.settings.folder, 200 + self.files % 40, False,
                                  1700000000 + 1000 * self.files)
            self.files += 1
            self.file_frames += recording.frames
            way(recording.path, self.service.path("captures", f"{self.files:04}.pcap"))

    def expect_files_read(self):
        wait_for("the moved files", NOTICE_SECONDS, lambda: self.scraper.metrics().sum(
            "flowgauge_input_files_read_total", input="files") == self.files, look_every=0.3)
        metrics = self.scraper.metrics()
        read = metrics.sum("flowgauge_packets_read_total", input="files")
        expect(read == self.file_frames, f"{self.file_frames} packets in the files, {read} read")
        failed = metrics.sum("flowgauge_input_files_failed_total")
        expect(failed == 0, f"{failed} files failed")
        said = len(self.service.messages.since(0, ": reading "))
        expect(said == self.files, f"{self.files} files were moved there, {said} `reading` lines")

    def people_look(self):
        for command in (("status",), ("status", "--json"), ("top", "--once")):
            expect(self.service.command(*command).stdout, f"{command} says nothing")

    def all(self):
        return [self.people_look, self.down_and_up, self.move_file, self.stop_and_continue,
                self.delete_and_create, self.rename, self.appear_and_vanish, self.reload_by_signal,
                self.rename_out_of_the_glob, self.down_and_up_at_once, self.nothing]

    def run(self, one):
        one()
        self.counts[one.__name__] = self.counts.get(one.__name__, 0) + 1
