"""What the interfaces received, against what the sensor has of it."""
from live.network import kernel_queues_empty
from live.outcome import Failure, expect
from live.processes import wait_for

SETTLE_SECONDS = 10


class Wire:
    """One veth pair; `receiver` is what its interface is called when nobody renamed it."""

    def __init__(self, bed, sender, receiver, input_name):
        self.bed = bed
        self.sender = sender
        self.receiver = receiver
        self.input_name = input_name
        self.is_there = True
        self.before = 0   # rx when the epoch began
        self.sent = 0     # in this epoch
        self.gone = 0     # of an interface that was deleted in this epoch: received at most
        self.missing_max = 0  # frames that may have come while no ring could take them

    def received(self):
        return self.bed.received(self.receiver) if self.is_there else 0

    def new_in_this_epoch(self):
        return self.gone + self.received() - self.before

    def begin_epoch(self):
        self.before = self.received()
        self.sent = self.gone = self.missing_max = 0


class Ledger:
    """Epochs of traffic between moments at which all packets rest."""

    def __init__(self, wires, scraper):
        self.wires = wires
        self.scraper = scraper
        self.taken = {wire.input_name: 0 for wire in wires}
        self.open = 0
        self.totals = {"sent": 0, "received": 0, "missing": 0, "missing_max": 0, "dropped": 0,
                       "exact epochs": 0, "epochs": 0}

    def taken_now(self, name, metrics):
        return metrics.sum("flowgauge_packets_read_total", input=name) + \
            metrics.sum("flowgauge_capture_dropped_packets_total", input=name)

    def close_epoch(self, what, incomplete):
        """`incomplete`: frames sent of datagrams that never become whole."""
        wait_for("empty queues of the kernel", SETTLE_SECONDS, kernel_queues_empty)
        for name in self.taken:
            self.close_input(what, name)
        self.close_rejections(what, incomplete)
        self.totals["epochs"] += 1
        self.totals["exact epochs"] += all(wire.missing_max == 0 for wire in self.wires)
        for wire in self.wires:
            self.totals["sent"] += wire.sent
            wire.begin_epoch()

    def close_input(self, what, name):
        wires = [wire for wire in self.wires if wire.input_name == name]
        received = sum(wire.new_in_this_epoch() for wire in wires)
        missing_max = sum(wire.missing_max for wire in wires)
        taken = -1

        def is_settled():
            nonlocal taken
            earlier, taken = taken, self.taken_now(name, self.scraper.metrics()) - self.taken[name]
            return received - missing_max <= taken <= received and \
                (taken == received or taken == earlier)

        try:
            wait_for("packets that rest", SETTLE_SECONDS, is_settled, look_every=0.4)
        except Failure:
            raise Failure(
                f"{what}: input {name}: its interfaces received {received} packets, of which "
                f"{missing_max} at most came while they were down or away, but packets_read + "
                f"capture_dropped grew by {taken}") from None
        expect(sum(wire.sent for wire in wires) >= received, f"{what}: input {name} received "
               f"{received} packets, more than were sent: the namespaces are not alone")
        self.totals["received"] += received
        self.totals["missing"] += received - taken
        self.totals["missing_max"] += missing_max
        self.taken[name] += taken

    def close_rejections(self, what, incomplete):
        """read = in flows + rejected, but for pieces that wait for others: when packets rest. What was read may
        still be on its way from one worker to another."""
        is_exact = all(wire.missing_max == 0 for wire in self.wires)
        waiting = dropped = 0

        def is_settled():
            nonlocal waiting, dropped
            metrics = self.scraper.metrics()
            dropped = metrics.sum("flowgauge_capture_dropped_packets_total")
            waiting = waiting_pieces(metrics, self.taken)
            return not is_exact or dropped > self.totals["dropped"] or waiting <= self.open + incomplete

        try:
            wait_for("packets that rest", SETTLE_SECONDS, is_settled, look_every=0.4)
        except Failure:
            raise Failure(
                f"{what}: {waiting} packets of those read are neither in flows nor rejected, {self.open} were before, "
                f"and {incomplete} wait for pieces that were not sent") from None
        expect(waiting >= 0, f"{what}: {-waiting} packets are in flows and rejected as well")
        self.open = waiting
        self.totals["dropped"] = dropped


def waiting_pieces(metrics, inputs):
    return sum(metrics.sum("flowgauge_packets_read_total", input=name) -
               metrics.sum("flowgauge_packets_in_flows_total", input=name) -
               metrics.sum("flowgauge_packets_rejected_total", input=name) for name in inputs)
