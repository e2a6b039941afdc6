"""Processes that vanish at every moment, while the sensor looks as often as it can."""
import contextlib
import threading
import time

from live.outcome import expect
from live.processes import LOOK_EVERY
from visibility.programs import Truths, client, renamed, server
from visibility.sensor import Watch, options
from visibility.town import WORLD
from visibility.truth import Records, score

PORTS = (6301, 6302)
AGE_MAX_SECONDS = 3.0  # of the last look, under full load on a machine that others use as well
STOP_MAX_SECONDS = 10.0


class Scrapes:
    """Reads the metrics all the time, on a thread of its own."""

    def __init__(self, watch):
        self.watch = watch
        self.count, self.oldest, self.problems = 0, 0.0, []
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.scrape)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()

    def scrape(self):
        while not self.stop.is_set():
            metrics = self.watch.service.metrics()
            self.count += 1
            self.problems += law(metrics)
            age = metrics.samples[("flowgauge_visibility_snapshot_age_seconds", frozenset())]
            self.oldest = max(self.oldest, age)
            self.stop.wait(20 * LOOK_EVERY)


def law(metrics):
    """Each record that expired was given to the sinks, or waits for the next look."""
    expired = metrics.sum("flowgauge_flows_expired_total")
    given = metrics.sum("flowgauge_visibility_flows_total")
    waiting = metrics.sum("flowgauge_visibility_records_waiting")
    if expired != given + waiting:
        return [f"{expired} expired, {given} attributed, {waiting} waiting"]
    return []


def storm(settings, town, programs, count, events):
    truths = Truths(settings.folder)
    folder = renamed(settings.folder, programs.client, *(f"gust-{i}" for i in range(8)))
    with Watch(settings, town, options(events, poll_ms=10)) as watch, \
            contextlib.ExitStack() as stack:
        told = watch.events_in_force()
        stack.enter_context(server(town, town.world, programs.server,
                                   listen=[f"{WORLD}:{port}" for port in PORTS]))
        with Scrapes(watch) as scrapes:
            running = [stack.enter_context(client(
                town, town.host, programs.client, "exec", truths, to=f"{WORLD}:{port}",
                programs=folder, end="reset", count=count // 2, threads=8, kind="gust"))
                for port in PORTS]
            for one in running:
                one.wait_done(240)
        before = watch.polls()
        watch.look(2)
        vanished = watch.metric("vanished_total")
        begin = time.monotonic()
        rows = watch.finish()
        took = time.monotonic() - begin
    found = score(Records(rows), truths.read())
    print(f"-- storm, events {told}: {found}; {before} looks, {vanished} processes vanished while "
          f"looked at, {scrapes.count} scrapes, the oldest look {scrapes.oldest:.2f} s ago, "
          f"stopped in {took:.1f} s", flush=True)
    found.expect("storm", 0.0)
    judged = found.total + found.uncertain  # two connections on the same ports may be in one record
    expect(judged == count, f"{judged} of {count} connections have a record")
    expect(not scrapes.problems, f"records are lost on the way: {scrapes.problems[:5]}")
    if not settings.sanitized:
        expect(scrapes.oldest < AGE_MAX_SECONDS, f"no look for {scrapes.oldest:.1f} s")
        expect(took < STOP_MAX_SECONDS, f"took {took:.1f} s to stop")
    return f"{count} processes, {vanished} vanished"
