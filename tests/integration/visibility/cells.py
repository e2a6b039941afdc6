"""Connections of known lifetimes, of processes that live long and of ones executed for each.

The cells run at the same time, each at such a pace that all take about as long, among idle
processes.
"""
import contextlib

from live.outcome import Failure, expect
from visibility.programs import PROGRAM_NAMES, Running, Truths, client, renamed, server
from visibility.sensor import Watch, options
from visibility.town import HOST, HOST6, WORLD, WORLD6
from visibility.truth import Records, score

LIFETIMES_MS = (1, 10, 100, 1000)
THREADS = {1: 1, 10: 1, 100: 6, 1000: 50}
GAP_US = {1: 19_000, 10: 10_000, 100: 20_000, 1000: 50_000}
PORTS = {("same", 1): 7001, ("same", 10): 7010, ("same", 100): 7100, ("same", 1000): 7900,
         ("exec", 1): 8001, ("exec", 10): 8010, ("exec", 100): 8100, ("exec", 1000): 8900}
INBOUND_PORT, TALK_PORTS = 9001, (9101, 9102, 9103)
UDP_PORTS = {"udp": 9053, "udp_connected": 9054}
CROWD = ("500", "1000")  # idle processes, and their sockets
SECONDS_MAX = 240

TCP_SHARE, INBOUND_SHARE = 0.995, 0.995
POLLED_SHARE = {100: 0.85, 1000: 0.97}


class Cells:
    """All cells of one run of the sensor."""

    def __init__(self, settings, town, programs, count):
        self.settings, self.town, self.programs, self.count = settings, town, programs, count
        self.truths = {}
        self.server = None

    @contextlib.contextmanager
    def traffic(self, watch):
        """Until all of it is over; the servers stay."""
        town, programs = self.town, self.programs
        with contextlib.ExitStack() as stack:
            ports = [f"{WORLD}:{port}" for port in PORTS.values()]
            datagrams = [f"{WORLD}:{port}" for port in (*UDP_PORTS.values(), *TALK_PORTS)]
            stack.enter_context(server(town, town.world, programs.server, udp=datagrams,
                                       listen=[*ports, f"[{WORLD6}]:{PORTS['same', 10]}"]))
            self.server = stack.enter_context(server(
                town, town.host, programs.server, listen=[f"[::]:{INBOUND_PORT}"],
                udp=[f"0.0.0.0:{INBOUND_PORT}"]))
            watch.look(1)
            running = [stack.enter_context(one) for one in
                       [*self.tcp_clients(), *self.inbound_clients(), *self.udp_clients()]]
            for one in running:
                one.wait_done(SECONDS_MAX)
            yield

    def told(self, what):
        return self.truths.setdefault(what, Truths(self.settings.folder))

    def tcp_clients(self):
        folder = renamed(self.settings.folder, self.programs.client, *PROGRAM_NAMES)
        long_named = renamed(self.settings.folder, self.programs.client, "long-lived-client")
        for (mode, lifetime), port in PORTS.items():
            ends = [f"{WORLD}:{port}"]
            if (mode, lifetime) == ("same", 10):
                ends.append(f"[{WORLD6}]:{port}")
            more = {"programs": folder} if mode == "exec" else {}
            program = f"{long_named}/long-lived-client" if mode == "same" else self.programs.client
            yield client(self.town, self.town.host, program, mode, self.told((mode, lifetime)),
                         to=ends, kind=mode, lifetime_us=lifetime * 1000, count=self.count,
                         threads=THREADS[lifetime], gap_us=GAP_US[lifetime], **more)

    def inbound_clients(self):
        for address in (HOST, f"[{HOST6}]"):
            yield client(self.town, self.town.world, self.programs.client, "same",
                         self.told("inbound"), to=f"{address}:{INBOUND_PORT}", kind="inbound",
                         lifetime_us=1000, count=self.count // 2, gap_us=38_000)
        yield client(self.town, self.town.world, self.programs.client, "same",
                     self.told("inbound udp"), to=f"{HOST}:{INBOUND_PORT}", kind="inbound",
                     protocol="udp", count=self.count, gap_us=20_000)

    def udp_clients(self):
        for protocol, port in UDP_PORTS.items():
            yield client(self.town, self.town.host, self.programs.client, "same",
                         self.told(protocol), to=f"{WORLD}:{port}", kind=protocol,
                         protocol=protocol, lifetime_us=1000, count=self.count, gap_us=19_000)
        yield client(self.town, self.town.host, self.programs.client, "talk", self.told("talk"),
                     to=[f"{WORLD}:{port}" for port in TALK_PORTS], kind="talk", protocol="udp",
                     count=20, gap_us=100_000)

    def scores(self, rows):
        """By cell, in the order in which they are printed."""
        records = Records(rows)
        found = {}
        for cell in PORTS:
            found[cell] = score(records, self.truths[cell].read())
        owner = (self.server.pid, self.server.name)
        found["inbound"] = score(records, self.truths["inbound"].read(), owner=owner)
        found["inbound udp"] = score(records, self.truths["inbound udp"].read(), "udp", owner)
        for what in ("udp", "udp_connected", "talk"):
            found[what] = score(records, self.truths[what].read(), "udp")
        return found


def print_scores(title, scores):
    print(f"-- {title}")
    for cell, one in scores.items():
        name = cell if isinstance(cell, str) else f"{cell[0]} {cell[1]} ms"
        print(f"   {name}: {one}", flush=True)


def judge(scores, judged):
    """judged: cell -> share. The other cells must have no wrong pid."""
    problems = []
    for cell, one in scores.items():
        try:
            one.expect(str(cell), judged.get(cell, 0.0))
        except Failure as failure:
            problems.append(str(failure))
    if problems:
        raise Failure("\n".join(problems))


def run_cells(settings, town, programs, count, events):
    cells = Cells(settings, town, programs, count)
    with Running(town, town.host, [programs.population, *CROWD]).wait_ready(), \
            Watch(settings, town, options(events)) as watch:
        told = watch.events_in_force()
        with cells.traffic(watch):
            lost, polls = watch.metric("events_lost_total"), watch.polls()
            rows = watch.finish()
    scores = cells.scores(rows)
    print_scores(f"{count} connections a cell, events {told}, {lost} events lost, "
                 f"{polls} looks", scores)
    return told, scores, watch.notes()


def with_events(settings, town, programs, count, events):
    told, scores, notes = run_cells(settings, town, programs, count, events)
    judged = {"inbound": INBOUND_SHARE, "inbound udp": INBOUND_SHARE, "talk": 1.0}
    if told != "off":
        judged.update({cell: TCP_SHARE for cell in PORTS})
    if told == "bpf":
        judged.update({"udp": TCP_SHARE, "udp_connected": TCP_SHARE})
    judge(scores, judged)
    if told == "off":
        return f"not judged for short connections, there are no events here: {notes}"
    for cell, one in scores.items():
        expect(told == "perf" or one.cut_names == 0, f"{cell}: names are cut: {one}")
        expect(told == "perf" or one.file_names == 0, f"{cell}: not as argv[0] has it: {one}")
    return f"events {told}"


def by_polls(settings, town, programs, count):
    _, scores, _ = run_cells(settings, town, programs, count, "off")
    judged = {} if settings.sanitized else {
        (mode, lifetime): share for mode in ("same", "exec")
        for lifetime, share in POLLED_SHARE.items()}
    judge(scores, {**judged, "inbound": INBOUND_SHARE, "inbound udp": INBOUND_SHARE, "talk": 1.0})
    return "polls alone"
