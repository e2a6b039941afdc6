"""Memory and descriptors at moments of rest."""
import statistics
import time

from live.outcome import Failure, expect
from live.processes import wait_for

RINGS = {"exact": 2, "glob": 1}  # descriptors of each interface: a ring a worker
FIRST_MINUTE = 60
# Beyond what flows take: free memory of the allocator that lies between what is in use, which
# differs by some pages from rest to rest.
RSS_TOLERANCE_KIB = 2048
# A flow with its cold bytes, its nDPI state and its places in index and lists.
FLOW_KIB = 8


class Growth:
    """Samples of each rest."""

    def __init__(self, service, scraper, wires, sanitized):
        self.sanitized = sanitized
        self.service = service
        self.scraper = scraper
        self.wires = wires
        self.begin = time.monotonic()
        self.samples = []  # moment, KiB
        self.own_descriptors = None

    def look(self, what):
        with self.scraper.lock:  # no connection of ours is open
            self.expect_descriptors(what)
        self.samples.append((time.monotonic() - self.begin, self.service.anonymous_kib()))

    def expect_descriptors(self, what):
        """As many as at the first rest after a row was written, and as there are rings; closed ones within some
        seconds."""
        rings = sum(RINGS[wire.input_name] for wire in self.wires if wire.is_there)
        if self.own_descriptors is None:
            # What a sink waits for its disk with is made when it does so for the first time.
            if self.scraper.last.sum("flowgauge_sink_records_acknowledged_total") != 0:
                self.own_descriptors = self.service.descriptors() - rings
            return
        wanted = self.own_descriptors + rings
        try:
            wait_for("", 5, lambda: self.service.descriptors() == wanted, look_every=0.05)
        except Failure:
            raise Failure(f"{what}: {self.service.descriptors()} descriptors, {wanted} wanted: "
                          f"{rings} rings and {self.own_descriptors} others") from None

    def expect_flat(self):
        """The last third of the rests against those between warming up and it."""
        seconds = self.samples[-1][0]
        warm = min(FIRST_MINUTE, seconds / 3)
        middle = [one for one in self.samples if warm <= one[0] < 2 * seconds / 3]
        last = [one for one in self.samples if one[0] >= 2 * seconds / 3]
        expect(middle and last, "the run was too short to tell whether memory grows")
        before, after = (statistics.median(kib for _, kib in part) for part in (middle, last))
        turn = self.begin + 2 * seconds / 3
        flows = self.scraper.flows_max(turn, self.begin + seconds) - \
            self.scraper.flows_max(self.begin, turn)
        allowed = RSS_TOLERANCE_KIB + max(flows, 0) * FLOW_KIB
        text = f"memory of its own {before:.0f} KiB after warming up ({warm:.0f} s), " \
               f"{after:.0f} KiB in the last third"
        if self.sanitized:
            return f"{text}: not judged, a sanitizer keeps what was given back"
        expect(after - before <= allowed, f"{text}: more than {allowed} KiB of growth")
        return f"{text}, {allowed} KiB more are allowed"
