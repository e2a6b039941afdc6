#!/usr/bin/env python3
"""The sensor under all that happens to one in months, in minutes: `flowgauge run --config` between
namespaces of its own, with mixed traffic, reloads, interface flaps, scrapes and SIGSTOP.

Looked at from outside only:
    what its interfaces received = packets_read + capture_dropped, after every few seconds;
        less only where an interface was down or away, and the sensor said so
    packets_read = in flows + rejected; created = active + expired; the sink's law at each scrape
    no counter falls; memory and descriptors stay; each row is in one file once, and whole

Nothing leaves the namespaces. Exit status: 0 all holds, 1 not, 77 no rights to try.
"""
import argparse
import itertools
import os
import signal
import sys
import tempfile
import time

from live.network import Bed, remove_stale_namespaces, skip_reason
from live.outcome import Failure, Stopped, expect
from live.processes import end_all, wait_for
from live.service import Service
from live.settings import Settings
from soak.configuration import valid
from soak.disturbances import Disturbances
from soak.growth import Growth
from soak.ledger import Ledger, Wire, waiting_pieces
from soak.output import Output
from soak.reloader import Reloader
from soak.scraper import Scraper
from soak.senders import Senders

SKIPPED = 77
BURST_SECONDS = 2
LONG_SECONDS = 300  # from here on some datagrams stay incomplete, for a minute each
REASSEMBLY_SECONDS = 75
PAIRS = (("g0", "c0"), ("g1", "d0"), ("g2", "d1"))


class Soak:
    """One sensor from its start to its end."""

    def __init__(self, settings, bed, service, seconds):
        self.service = service
        self.seconds = seconds
        self.begin = time.monotonic()
        self.wires = [Wire(bed, sender, receiver, "exact" if receiver == "c0" else "glob")
                      for sender, receiver in PAIRS]
        self.senders = Senders(settings, bed, BURST_SECONDS, seconds >= LONG_SECONDS)
        self.scraper = Scraper(service)
        self.reloader = Reloader(service, self.scraper)
        self.ledger = Ledger(self.wires, self.scraper)
        self.growth = Growth(service, self.scraper, self.wires, settings.sanitized)
        self.disturbances = Disturbances(service, bed, self.wires, (self.scraper, self.reloader),
                                         self.senders)

    def run(self):
        for wire in self.wires:
            wire.begin_epoch()
        try:
            for number, disturbance in enumerate(itertools.cycle(self.disturbances.all())):
                if time.monotonic() - self.begin > self.seconds:
                    break
                self.epoch(f"epoch {number} ({disturbance.__name__})", disturbance)
        finally:
            self.reloader.stop()
            self.scraper.stop()
        self.expect_no_problems("the end")
        self.end()

    def epoch(self, what, disturbance):
        """Traffic on all interfaces, something in the middle of it, and then rest."""
        for wire in self.wires:
            self.senders(wire)
        time.sleep(BURST_SECONDS / 4)
        self.disturbances.run(disturbance)
        self.senders.join_all()
        self.ledger.close_epoch(what, self.senders.take_incomplete())
        self.wires[:] = [wire for wire in self.wires if wire.is_there]
        self.growth.look(what)
        self.expect_no_problems(what)

    def expect_no_problems(self, what):
        problems = self.scraper.problems + self.reloader.problems
        expect(not problems, f"until {what}:\n" + "\n".join(problems))
        expect(self.service.process.poll() is None, f"{what}: the sensor ended by itself")

    def end(self):
        self.disturbances.expect_files_read()
        self.last_scrape()
        metrics = self.scraper.last
        written = Output(self.service.path("out"), with_unfinished=True)
        acknowledged = metrics.sum("flowgauge_sink_records_acknowledged_total")
        expect(written.rows == acknowledged,
               f"{written.rows} rows in the files, {acknowledged} records acknowledged")
        mark = self.service.messages.mark()
        self.service.process.send_signal(signal.SIGTERM)
        self.service.wait_exit(0)
        self.service.expect_message("stopping: ", mark)
        self.expect_summary(self.service.summary(), Output(self.service.path("out")), metrics)

    def last_scrape(self):
        """When the live flows have left, and in a long run all pieces that waited in vain."""
        def is_quiet():
            metrics = self.scraper.metrics()
            active = sum(metrics.sum("flowgauge_flows_active", input=name)
                         for name in self.ledger.taken)
            queued = metrics.sum("flowgauge_sink_queued_records")
            waiting = waiting_pieces(metrics, self.ledger.taken)
            return active == 0 and queued == 0 and (waiting == 0 or self.seconds < LONG_SECONDS)
        wait_for("live flows that leave, and pieces that are given up", REASSEMBLY_SECONDS,
                 is_quiet, look_every=0.3)

    def expect_summary(self, summary, output, metrics):
        """The laws of the whole run, from the summary and the files that are left."""
        rejected = sum(summary["packets_rejected"].values())
        read = summary["packets_read"]
        wanted = {
            "packets_read of the last scrape": (
                read, metrics.sum("flowgauge_packets_read_total")),
            "packets in flows and rejected": (read, summary["packets_in_flows"] + rejected),
            "packets received and in files": (
                read + summary["capture_dropped_packets"],
                sum(self.ledger.taken.values()) + self.disturbances.file_frames),
            "flows expired": (summary["flows_created"], sum(summary["flows_expired"].values())),
            "rows": (summary["flows"], output.rows),
            "packets in the rows": (summary["packets_in_flows"], output.packets),
            "records dropped": (0, summary["records_dropped"]),
        }
        for what, (one, other) in wanted.items():
            expect(one == other, f"{what}: {other}, not {one}: {summary}")

    def report(self):
        ledger, growth = self.ledger.totals, self.growth.expect_flat()
        summary = self.service.summary()
        output = Output(self.service.path("out"))
        done = ", ".join(f"{name} {count}" for name, count in self.disturbances.counts.items())
        print(f"""soak: {time.monotonic() - self.begin:.0f} s, {ledger['epochs']} epochs: {done}
packets: {self.senders.sent} sent, {ledger['received']} received by interfaces, \
{summary['packets_read'] - self.disturbances.file_frames} read live, \
{ledger['dropped']} dropped by the kernel, {ledger['missing']} missing \
({ledger['missing_max']} at most by flaps; {ledger['exact epochs']} epochs exact), \
{self.disturbances.file_frames} in {self.disturbances.files} files
reasons: {summary['packets_rejected']}; {summary['late_packets']} late packets
records: {output.rows} in {len(output.files)} files, {summary['flows_expired']}
reloads: {self.reloader.accepted} accepted, {self.reloader.refused} refused; \
{self.scraper.count} scrapes, the slowest {self.scraper.slowest * 1000:.0f} ms (SIGSTOP included)
growth: {growth}; {self.growth.own_descriptors} descriptors and the rings at every rest""")


def raise_stopped(number, _frame):
    signal.signal(number, signal.SIG_IGN)
    raise Stopped()


def soak(settings, seconds):
    bed = Bed(PAIRS)
    service = None
    try:
        service = Service(settings, bed, valid(0))
        test = Soak(settings, bed, service, seconds)
        test.run()
        test.report()
        return 0
    except (Failure, OSError) as failure:
        print(f"FAILED {failure}")
        if service is not None:
            print("messages of the sensor:\n" + "\n".join(service.messages.since(0, "")[-60:]))
        return 1
    finally:
        end_all()
        bed.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flowgauge", required=True, help="the program under test")
    parser.add_argument("--player", required=True, help="the program frame_player")
    parser.add_argument("--sanitized", action="store_true", help="memory is not judged")
    parser.add_argument("--seconds", type=int, default=45, help="how long traffic flows")
    arguments = parser.parse_args()
    reason = skip_reason()
    if reason:
        print(f"skipped: {reason}")
        return SKIPPED
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, raise_stopped)
    remove_stale_namespaces()
    with tempfile.TemporaryDirectory(prefix="flowgauge-soak-") as folder:
        settings = Settings(flowgauge=os.path.abspath(arguments.flowgauge),
                            player=os.path.abspath(arguments.player), shared="", folder=folder,
                            sanitized=arguments.sanitized)
        try:
            return soak(settings, arguments.seconds)
        except Stopped:
            print("stopped by a signal")
            return 1


if __name__ == "__main__":
    sys.exit(main())
