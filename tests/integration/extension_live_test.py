#!/usr/bin/env python3
"""Features, plugins and models in a sensor that runs: counted, contained, replaced.

    extension_live_test.py --flowgauge BIN --player BIN --plugins DIR

DIR holds the shared objects of tests/unit/extension/plugins/objects. Nothing leaves the namespaces. Exit status: 0 all
holds, 1 not, 77 no rights.
"""
import argparse
import csv
import glob
import json
import os
import signal
import sys
import tempfile
import time

from live.captures import write_pcap
from live.network import Bed, remove_stale_namespaces, skip_reason
from live.outcome import Failure, expect
from live.packets import ethernet, ip, udp
from live.processes import end_all, wait_for
from live.sender import play
from live.service import Service
from live.settings import Settings

SKIPPED = 77

# A tree with one split, by the number of packets of a flow.
MODEL = """flowgauge-model 1
source by hand
inputs 1
input bidirectional_packets
cast float64
missing no
infinite no
compare <=
classes text 2
class {first}
class {second}
values 2
combine mean
link none
decide largest
trees 1
tree 3
0 2.5 R
= 1.0 0.0
= 0.0 1.0
end
"""


def frames(network, flows, packets):
    return [ethernet(ip(f"10.{network}.0.{flow}", "10.9.0.1", 17, udp(4000, 4001, b"x" * packet)))
            for packet in range(packets) for flow in range(flows)]


class Case:
    def __init__(self, settings, bed, plugins):
        self.settings, self.bed, self.plugins = settings, bed, plugins
        self.sent = 0
        self.networks = 0

    def serve(self, extension):
        configuration = {
            "version": 1, "flows": {"idle_timeout": "1s"}, "dissection": {"n_dissections": 0},
            "control": {"socket": "{folder}/control.sock"},
            "inputs": [{"name": "edge", "interface": "c0", "workers": 2}],
            "sinks": [{"name": "disk", "type": "file", "format": "csv", "path": "{folder}/out/flows.csv"}],
            **extension}
        return Service(self.settings, self.bed, json.dumps(configuration))

    def send(self, flows, packets):
        self.networks += 1
        self.sent += flows * packets
        path = write_pcap(self.settings.folder, f"send{self.networks}", frames(self.networks, flows, packets))
        play(self.settings, self.bed, [path])

    def wait_ended(self, service, flows):
        wait_for(f"{flows} flows that ended", 30,
                 lambda: service.metrics().sum("flowgauge_flows_expired_total") == flows, 0.2)

    def rows(self, service):
        rows = []
        for path in glob.glob(service.path("out", "*.csv*")):
            with open(path, newline="", encoding="utf-8") as file:
                rows += list(csv.DictReader(file))
        return rows

    def finish(self, service):
        service.process.send_signal(signal.SIGTERM)
        service.wait_exit()
        summary = service.summary()
        expect(summary["packets_read"] == summary["packets_in_flows"] == self.sent,
               f"{self.sent} packets were sent: {summary}")
        rows = self.rows(service)
        expect(sum(int(row["bidirectional_packets"]) for row in rows) == self.sent, "packets of all rows")
        return rows


def by_class(metrics, name):
    return metrics.sum("flowgauge_model_predictions_total", model="size", **{"class": name})


def model_is_replaced(case):
    model = case.settings.folder + "/size.fgm"
    def write(first, second):
        with open(model, "w", encoding="utf-8") as file:
            file.write(MODEL.format(first=first, second=second))
    write("short", "long")
    extension = {"features": {"bytes_of_payload": "sum(packet.payload_size)"},
                 "models": [{"name": "size", "file": model, "outputs": ["size", "sure"]}]}
    with case.serve(extension) as service:
        case.send(flows=5, packets=2)
        case.send(flows=3, packets=4)
        case.wait_ended(service, 8)
        metrics = service.metrics()
        expect((by_class(metrics, "short"), by_class(metrics, "long")) == (5, 3), "predictions by class")
        write("small", "large")
        service.command("reload")
        case.send(flows=4, packets=1)
        case.wait_ended(service, 12)
        metrics = service.metrics()
        expect((by_class(metrics, "short"), by_class(metrics, "small")) == (5, 4), "predictions of the new model")
        expect(metrics.sum("flowgauge_model_replacements_total") == 1, "replacements")
        with open(model, "w", encoding="utf-8") as file:
            file.write(MODEL.format(first="a", second="b").replace("bidirectional_packets", "bidirectional_bytes"))
        refused = service.command("reload", check=False)
        expect(refused.returncode != 0 and "size" in refused.stdout + refused.stderr, f"reload: {refused}")
        case.send(flows=2, packets=3)
        case.wait_ended(service, 14)
        expect(by_class(service.metrics(), "large") == 2, "the old model goes on")
        expect("model size: 14 predictions" in service.command("status").stdout, "status")
        rows = case.finish(service)
    expect(sorted({row["udps.size"] for row in rows}) == ["large", "long", "short", "small"], "classes of rows")
    for row in rows:
        packets = int(row["bidirectional_packets"])
        expect(row["udps.sure"] == "1.0", f"probability: {row}")
        expect(int(row["udps.bytes_of_payload"]) == packets * (packets - 1) // 2, f"payload: {row}")


def hostile_plugin(case, how, budget):
    """The tenth packet of a flow of all is the plugin's last; all packets are in records."""
    plugin = {"name": "bad", "file": f"{case.plugins}/misbehaving.so", "budget": budget,
              "arguments": {"where": "on_update", "how": how, "after": 9}}
    good = {"name": "good", "builtin": "splt", "arguments": {"sequence_length": 3, "accounting_mode": 0}}
    with case.serve({"plugins": [plugin, good], "features": {"n": "count()"}}) as service:
        case.send(flows=20, packets=5)
        case.wait_ended(service, 20)
        metrics = service.metrics()
        expect(metrics.sum("flowgauge_plugin_disabled", plugin="bad") == 1, f"{how}: disabled")
        expect(metrics.sum("flowgauge_plugin_disabled", plugin="good") == 0, f"{how}: the other one")
        expect(1 <= metrics.sum("flowgauge_plugin_errors_total", plugin="bad") <= 2, f"{how}: errors")
        expect(metrics.sum("flowgauge_plugin_calls_total", plugin="good", hook="on_update") == 80, f"{how}: calls")
        service.expect_message("bad")
        expect("plugin bad: disabled" in service.command("status").stdout, f"{how}: status")
        rows = case.finish(service)
    expect(len(rows) == 20 and all(row["udps.n"] == "5" for row in rows), f"{how}: rows")
    expect(all(json.loads(row["udps.splt_direction"]) == [0, 0, 0] for row in rows), f"{how}: the other's column")


def never_returns(case):
    """What it holds when it is left is lost, and no leak of ours."""
    before = os.environ.get("ASAN_OPTIONS", "")
    os.environ["ASAN_OPTIONS"] = before + ":detect_leaks=0"
    try:
        hostile_plugin(case, "loop", "100ms")
    finally:
        os.environ["ASAN_OPTIONS"] = before


CASES = {
    "a model is replaced by a reload": model_is_replaced,
    "a plugin that throws": lambda case: hostile_plugin(case, "throw", "1s"),
    "a plugin that fails": lambda case: hostile_plugin(case, "error", "1s"),
    "a plugin that never returns": never_returns,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flowgauge", required=True)
    parser.add_argument("--player", required=True)
    parser.add_argument("--plugins", required=True, type=os.path.abspath)
    parser.add_argument("--delays-signals", action="store_true", help="a build in which no loop can be interrupted")
    arguments = parser.parse_args()
    if reason := skip_reason():
        print(f"skipped: {reason}")
        return SKIPPED
    remove_stale_namespaces()
    failed = []
    for name, case in CASES.items():
        if arguments.delays_signals and "never returns" in name:
            print(f"skipped {name}: signals wait in this build", flush=True)
            continue
        bed = Bed((("g0", "c0"),))
        began = time.monotonic()
        try:
            with tempfile.TemporaryDirectory() as folder:
                case(Case(Settings(arguments.flowgauge, arguments.player, "", folder), bed, arguments.plugins))
            print(f"ok     {name} ({time.monotonic() - began:.1f} s)", flush=True)
        except Failure as failure:
            failed.append(name)
            print(f"FAILED {name}: {failure}", flush=True)
        finally:
            bed.close()
    end_all()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
