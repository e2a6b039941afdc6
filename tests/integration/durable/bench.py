"""What every part needs: a sensor with its configuration, the sender before it, and the folder of both."""
import json
import os
import signal
import socket
import subprocess
import sys

from live.network import thread_inside
from live.outcome import expect
from live.processes import end, start
from live.service import Service
from soak.scraper import check_laws, check_never_falls

SENDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sender.py")
SENDER_SECONDS = 30


def configuration(sinks):
    """Flows end soon, and what they are called is of no interest."""
    return json.dumps({
        "version": 1, "sensor": "durable",
        "inputs": [{"name": "wire", "interface": "c0", "workers": 1, "socket_buffer_size": "32MiB"}],
        "flows": {"idle_timeout": "200ms", "accounting_mode": 1, "decode_tunnels": "none"},
        "dissection": {"n_dissections": 0},
        "statistics": {"statistical_analysis": True},  # long records
        "sinks": sinks,
        "metrics": {"listen": "127.0.0.1:9477"},
        "control": {"socket": "{folder}/control.sock"},
    })


def spool(folder, **options):
    return {"queue": {"memory": "2MiB", "when_full": "spool"}, "spool": {"directory": folder, **options}}


class Sensor(Service):
    """Each scrape is held to the laws, and kept."""

    def __init__(self, settings, bed, sinks, **options):
        self.last = None
        super().__init__(settings, bed, configuration(sinks), **options)

    def look(self):
        metrics = self.metrics()
        check_laws(metrics)
        if self.last is not None:
            check_never_falls(self.last, metrics)
        self.last = metrics
        return metrics

    def number(self, name, sink, **labels):
        """Of the last scrape."""
        return self.last.sum(f"flowgauge_sink_{name}", sink=sink, **labels)

    def is_quiet(self):
        """Whether every flow has become a record."""
        return self.look().sum("flowgauge_flows_active") == 0

    def dropped(self, sink):
        """Records by reason."""
        found = {reason: self.number("records_dropped_total", sink, reason=reason) for reason in
                 self.last.label_values("flowgauge_sink_records_dropped_total", "reason")}
        return {reason: count for reason, count in found.items() if count}

    def stop(self):
        """SIGTERM; what the summary says of each sink."""
        self.process.send_signal(signal.SIGTERM)
        self.wait_exit(0)
        return {sink["name"]: sink for sink in self.summary()["sinks"]}


class Sender:
    """Flows at a steady pace."""

    def __init__(self, bed, rate):
        self.process = start(["ip", "netns", "exec", bed.sending, sys.executable, SENDER, "g0", str(rate)],
                             stdout=subprocess.PIPE, text=True)

    def stop(self):
        """How many it has sent."""
        self.process.send_signal(signal.SIGTERM)
        try:
            output, _ = self.process.communicate(timeout=SENDER_SECONDS)
        finally:
            end(self.process)
        expect(self.process.returncode == 0 and output, f"the sender ended with {self.process.returncode}")
        return int(output)


def free_port(bed):
    """Of the sensor's namespace."""
    with thread_inside(bed.receiving), socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
