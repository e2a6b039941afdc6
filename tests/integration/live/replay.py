"""Captures replayed live, compared with what is read from their files."""
import threading

from live.rows import expect_rows
from live.sender import RATE, play
from live.sensor import FLOWS_OF_A_DAY, Run, expect_all, read


class Tally:
    """Figures over all replays, for the last lines."""

    def __init__(self):
        self.lock = threading.Lock()
        self.frames = self.rows = self.dissected_alike = self.late = self.repeated = 0

    def add(self, frames, rows, alike, late):
        with self.lock:
            self.frames += frames
            self.rows += rows
            self.dissected_alike += alike
            self.late += late

    def count_repeated(self):
        with self.lock:
            self.repeated += 1


def replay(settings, tally, bed, path, workers, flows=None, pace=("--rate", str(RATE))):
    """The rows of the replay are those of the file."""
    flows = flows or FLOWS_OF_A_DAY
    wanted, reading = read(settings, path, flows)
    with Run(settings, bed, [*flows, "--workers", str(workers)]) as capture:
        sent = play(settings, bed, [path], pace)
        capture.wait_delivered(sent)
        rows, summary = capture.stop()
    expect_all(sent, summary)
    expect_rows(wanted, rows, summary, reading["packets_rejected"])
    alike, all_rows = rows.share_dissected_as(wanted)
    tally.add(sent, len(rows), alike, summary["late_packets"])
    note = "" if alike == all_rows else f", {alike} of them dissected alike"
    note += f", {summary['late_packets']} late packets" if summary["late_packets"] else ""
    return f"{sent} packets, {len(rows)} rows{note}"
