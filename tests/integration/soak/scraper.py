"""Looks at the sensor each second, as monitoring does, and holds it to its laws."""
import json
import threading
import time

from live.metrics import get, scrape
from live.outcome import Failure, expect

STATUS_EVERY = 5  # scrapes
# Of one interface: a name that is another interface's now, or nobody's, may be missing.
OF_AN_INTERFACE = "flowgauge_capture_interface_"


def check_laws(metrics):
    """What holds at every scrape, whatever goes on."""
    for sink in metrics.label_values("flowgauge_sink_records_in_total", "sink"):
        came, found = ([metrics.sum(f"flowgauge_sink_{name}", sink=sink) for name in names] for names in (
            ("records_in_total", "records_recovered_total"),
            ("records_acknowledged_total", "records_dropped_total", "queued_records", "spooled_records")))
        expect(sum(came) == sum(found), f"sink {sink}: in + recovered = {' + '.join(map(str, came))}, but "
               f"acknowledged + dropped + queued + spooled = {' + '.join(map(str, found))}")
    for name in metrics.label_values("flowgauge_flows_created_total", "input"):
        created, active, ended = (metrics.sum(f"flowgauge_flows_{word}", input=name) for word in
                                  ("created_total", "active", "expired_total"))
        expect(created == active + ended,
               f"input {name}: {created} flows created, {active} active, {ended} expired")


def check_never_falls(before, now):
    after = now.counters()
    for key, value in before.counters().items():
        if key not in after:
            expect(key[0].startswith(OF_AN_INTERFACE), f"{key} is gone from /metrics")
            continue
        expect(after[key] >= value, f"{key} fell from {value} to {after[key]}")


class Scraper:
    """A thread of its own; what it finds is in `problems`."""

    def __init__(self, service):
        self.service = service
        self.lock = threading.Lock()  # held by who needs the sensor without scrapes
        self.stopping = threading.Event()
        self.problems = []
        self.count = 0
        self.slowest = 0
        self.last = None
        self.flows = []  # moment and active flows of each scrape
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.stopping.wait(1):
            try:
                with self.lock:
                    self.look()
            except (OSError, ValueError, Failure) as error:
                self.problems.append(f"scrape {self.count}: {error}")

    def look(self):
        begin = time.monotonic()
        self.see(scrape(self.service.bed.receiving))
        self.slowest = max(self.slowest, time.monotonic() - begin)
        for path in ("/api/v1/stats", "/api/v1/flows?limit=50", "/healthz"):
            status, body = get(self.service.bed.receiving, path)
            expect(status == 200, f"{path}: {status} {body}")
            json.loads(body)
        if self.count % STATUS_EVERY == 0:
            shown = self.service.command("status").stdout
            expect("soak: running" in shown and "exact" in shown, f"status: {shown}")

    def see(self, metrics):
        """Every scrape passes here, also those of others."""
        self.count += 1
        check_laws(metrics)
        if self.last is not None:
            check_never_falls(self.last, metrics)
        self.last = metrics
        self.flows.append((time.monotonic(), metrics.sum("flowgauge_flows_active")))

    def flows_max(self, begin, end):
        return max((flows for moment, flows in self.flows if begin <= moment < end), default=0)

    def metrics(self):
        with self.lock:
            metrics = scrape(self.service.bed.receiving)
            self.see(metrics)
            return metrics

    def stop(self):
        self.stopping.set()
        self.thread.join()
