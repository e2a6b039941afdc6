"""`when` of a sink is changed while records flow: from one record on another is wanted, and none is lost."""
import itertools
import os
import signal

from durable import flows
from durable.account import Account
from durable.bench import Sender, Sensor, configuration
from durable.peers import Peer
from durable.streams import LineStream
from live.outcome import expect
from live.processes import wait_for

FLOWS_PER_SECOND = 2000
RECORDS = 500  # that must come under each filter
WAIT_SECONDS = 20
EVEN, ODD, ALL = f"dst_port == {flows.EVEN_PORT}", f"dst_port == {flows.ODD_PORT}", ""


class Reloads:
    def __init__(self, settings, bed):
        self.bed = bed
        self.socket = os.path.join(settings.folder, "lines.sock")
        self.account = Account("lines")
        self.account.keeps_order = True
        self.peer = Peer(self.socket, None, LineStream, self.account)
        self.sensor = Sensor(settings, bed, [self.sink(EVEN)])

    def sink(self, when):
        return {"name": "lines", "type": "socket", "transport": "tcp", "collectors": [f"unix:{self.socket}"],
                "when": when}

    def run(self):
        sender = Sender(self.bed, FLOWS_PER_SECOND)
        self.wait_for_records(EVEN, lambda order: len(order) >= RECORDS)
        self.sensor.configure(configuration([self.sink(ODD)]))
        self.sensor.process.send_signal(signal.SIGHUP)
        self.wait_for_records(ODD, lambda order: sum(number % 2 for number in order) >= RECORDS)
        self.sensor.configure(configuration([self.sink(ALL)]))
        self.sensor.command("reload")
        self.wait_for_records(ALL, lambda order: len(order) > RECORDS and all(
            number % 2 != other % 2 for number, other in itertools.pairwise(order[-RECORDS:])))
        sent = sender.stop()
        wait_for("flows that end", WAIT_SECONDS, self.sensor.is_quiet, look_every=0.1)
        filtered = self.sensor.dropped("lines")
        summary = self.sensor.stop()["lines"]
        self.peer.stop()
        self.judge(sent, filtered, summary)

    def wait_for_records(self, when, look):
        def is_there():
            metrics = self.sensor.look()
            expect(metrics.sum("flowgauge_config_restart_required") == 0, "a restart is required")
            return look(self.account.order)
        wait_for(f"records under when: {when!r}", WAIT_SECONDS, is_there, look_every=0.1)

    def judge(self, sent, filtered, summary):
        """Even numbers up to some record, odd ones up to another, then all: nothing else."""
        order = self.account.order
        evens = list(itertools.takewhile(lambda number: number % 2 == 0, order))
        rest = order[len(evens):]
        odds = list(itertools.takewhile(lambda number: number % 2 == 1, rest))
        rest = rest[len(odds):]
        if rest and rest[0] == odds[-1] + 1:  # the first of all may be an odd one
            rest.insert(0, odds.pop())
        expect(evens == list(range(0, evens[-1] + 1, 2)), "not every even number, or not in order")
        expect(odds == list(range(odds[0], odds[-1] + 1, 2)) and evens[-1] < odds[0] <= evens[-1] + 3,
               f"not every odd number after {evens[-1]}: {odds[:5]}")
        expect(rest == list(range(rest[0], sent)) and rest[0] <= odds[-1] + 3, f"not every number after {odds[-1]}")
        problems = self.account.check(sent)
        expect(not problems, "\n".join(problems))
        expect(filtered == {"filter": sent - len(order)}, f"{sent} flows, {len(order)} wanted, dropped {filtered}")
        expect(summary["written"] == len(order) and summary["dropped"] == 0, f"{summary}: {len(order)} records came")
        print(f"{sent} flows: {len(evens)} even, {len(odds)} odd, then {len(rest)}; {filtered['filter']} filtered")
