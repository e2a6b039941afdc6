"""Plugins in Python, native ones beside them, and those of NFStream's documentation. Needs nothing but Python.

Usage: PYTHONPATH=python:tests/python python -m unittest plugin_test
"""

from __future__ import annotations

import csv
import gc
import importlib
import unittest
import weakref

import flowgauge as nfstream
from captures import Folder
from flowgauge import NFPlugin, NFStreamer
from flowgauge.plugins import FlowSlicer, NativePlugin, SPLT


class Plugins(Folder):
    def test_is_called_as_nfstream_calls(self):
        calls = []

        class Watch(NFPlugin):
            def on_init(self, packet, flow):
                calls.append(("init", packet.direction, packet.delta_time, packet.syn))
                flow.udps.sizes = [packet.payload_size]
                flow.udps.mark = self.mark

            def on_update(self, packet, flow):
                flow.udps.sizes.append(packet.payload_size)
                assert flow.bidirectional_packets == len(flow.udps.sizes)

            def on_expire(self, flow):
                flow.udps.count = flow.bidirectional_packets

            def cleanup(self):
                calls.append("cleanup")

        flows = list(NFStreamer(source=self.path, udps=Watch(mark="x")))
        self.assertEqual(calls, [("init", 0, 0, 1)] * 5 + ["cleanup"])
        for flow in flows:
            self.assertEqual(vars(flow.udps), {"sizes": [10, 11, 12, 13, 14, 15], "mark": "x", "count": 6})
            self.assertEqual(flow.keys()[-3:], ["udps.sizes", "udps.mark", "udps.count"])

    def test_minus_one_ends_the_flow_at_once(self):
        class Cut(NFPlugin):
            def on_init(self, packet, flow):
                if packet.payload_size == 11:
                    flow.expiration_id = -1

            def on_update(self, packet, flow):
                if flow.bidirectional_packets == 3:
                    flow.expiration_id = -1

        flows = list(NFStreamer(source=self.path, udps=[Cut()]))
        self.assertEqual(sorted(flow.bidirectional_packets for flow in flows), [3] * 10)
        self.assertEqual({flow.expiration_id for flow in flows}, {-1})

    def test_a_packet_may_be_kept(self):
        kept = []

        class Keep(NFPlugin):
            def on_init(self, packet, flow):
                kept.append(packet)

            on_update = on_init

        list(NFStreamer(source=self.path, udps=Keep()))
        self.assertEqual(len(kept), 30)
        self.assertEqual(len({id(packet) for packet in kept}), 30)
        self.assertEqual([packet.payload_size for packet in kept[::5]], [10, 11, 12, 13, 14, 15])
        self.assertEqual(kept[5].ip_packet[:1], b"\x45")
        self.assertEqual(kept[5].src_ip, "10.9.9.9")
        self.assertEqual(len(kept[0].ip_packet), kept[0].ip_size)
        self.assertTrue(repr(kept[0]).startswith("NFPacket(time=1000000, delta_time=0, direction=0, raw_size="))

    def test_a_flow_may_be_kept_beyond_its_end(self):
        kept = []

        class Keep(NFPlugin):
            def on_init(self, packet, flow):
                kept.append(flow)

        flows = list(NFStreamer(source=self.path, udps=Keep()))
        self.assertEqual({id(flow) for flow in kept}, {id(flow) for flow in flows})
        self.assertEqual([flow.bidirectional_packets for flow in kept], [6] * 5)

    def test_an_exception_comes_where_the_flows_are_taken(self):
        for method in ("on_init", "on_update", "on_expire"):
            class Broken(NFPlugin):
                def fail(self, *_arguments):
                    raise KeyError("of the plugin")

            setattr(Broken, method, Broken.fail)
            with self.subTest(method), self.assertRaisesRegex(KeyError, "of the plugin"):
                list(NFStreamer(source=self.path, udps=Broken()))

    def test_what_was_yielded_before_an_exception_is_not_lost(self):
        path = self.write("long.pcap", flows=300, packets=40)

        class Late(NFPlugin):
            packets = 0

            def on_init(self, packet, flow):
                self.on_update(packet, flow)

            def on_update(self, packet, flow):
                self.packets += 1
                if self.packets == 9000:
                    raise RuntimeError("late")
                flow.expiration_id = -1

        taken = 0
        with self.assertRaisesRegex(RuntimeError, "late"):
            for _flow in NFStreamer(source=path, udps=Late()):
                taken += 1
        # Flows that ended in the same moment as the exception were not out yet.
        self.assertTrue(8999 - 300 <= taken <= 8999, taken)

    def test_batches_of_ended_flows(self):
        class Judge(NFPlugin):
            def on_expire_batch(self, batch):
                return {"double": [2 * flow.bidirectional_packets for flow in batch]}

        self.assertEqual([flow.udps.double for flow in NFStreamer(source=self.path, udps=Judge())], [12] * 5)

    def test_native_plugins_and_python_ones_together(self):
        class Sum(NFPlugin):
            def on_init(self, packet, flow):
                flow.udps.seen = 1

            def on_update(self, packet, flow):
                flow.udps.seen += 1

            def on_expire(self, flow):
                flow.udps.first = flow.udps.splt_ps[0]

        flows = list(NFStreamer(source=self.path, udps=[SPLT(sequence_length=2, accounting_mode=3), Sum()]))
        self.assertEqual(flows[0].udps.splt_ps, [10, 11])
        self.assertEqual((flows[0].udps.seen, flows[0].udps.first), (6, 10))
        sliced = list(NFStreamer(source=self.path, udps=FlowSlicer(limit=4)))
        self.assertEqual(sorted(flow.bidirectional_packets for flow in sliced), [2] * 5 + [4] * 5)

    def test_arguments_of_a_native_plugin_are_checked(self):
        with self.assertRaises(ValueError):
            list(NFStreamer(source=self.path, udps=SPLT(sequence_length=0, accounting_mode=3)))
        with self.assertRaises(ValueError):
            list(NFStreamer(source=self.path, udps=NativePlugin("/no/such/plugin.so")))

    def test_cycles_are_collected(self):
        class Cycle(NFPlugin):
            def on_expire(self, flow):
                flow.udps.self = flow
                flow.udps.mark = Mark()

        class Mark:
            pass

        flows = list(NFStreamer(source=self.path, udps=Cycle()))
        marks = [weakref.ref(flow.udps.mark) for flow in flows]
        del flows
        gc.collect()
        self.assertEqual([mark() for mark in marks], [None] * 5)


MODEL = """flowgauge-model 1
source by hand
inputs 1
input bidirectional_packets
cast float64
missing no
infinite no
compare <=
classes text 2
class short
class long
values 2
combine mean
link none
decide largest
trees 1
tree 3
0 2.5 R
= 1.0 0.0
= 0.25 0.75
end
"""


class Extension(Folder):
    """Computed features and models, as the configuration of the sensor has them."""

    def setUp(self):
        super().setUp()
        self.model = self.at("size.fgm")
        with open(self.model, "w", encoding="utf-8") as file:
            file.write(MODEL)
        self.features = {
            "payload_{direction}": "sum(packet.payload_size)",
            "first_payload": "first(packet.payload_size where packet.payload_size > 0)",
            "share": "udps.payload_src2dst / bidirectional_bytes",
        }
        self.models = {
            "size": {"file": self.model, "outputs": ["size", "sure"]},
            "early": {"file": self.model, "when": 1},
        }

    def check(self, udps):
        self.assertEqual((udps["payload_bidirectional"], udps["payload_src2dst"]), (75, 36))
        self.assertEqual((udps["first_payload"], udps["size"], udps["sure"]), (10, "long", 0.75))
        self.assertEqual(udps["early"], "short")
        self.assertGreater(udps["share"], 0.0)

    def test_columns_are_in_udps(self):
        flows = list(NFStreamer(source=self.path, features=self.features, models=self.models))
        self.assertEqual(len(flows), 5)
        for flow in flows:
            self.check(vars(flow.udps))
            self.assertEqual(flow.keys()[-1], "udps.early")

    def test_plugins_see_them_at_the_end(self):
        class Judge(NFPlugin):
            def on_init(self, packet, flow):
                flow.udps.seen = 1

            def on_expire(self, flow):
                flow.udps.label = f"{flow.udps.size} {flow.udps.first_payload}"

        udps = [SPLT(sequence_length=2, accounting_mode=3), Judge()]
        features = {"second": "sum(udps.splt_ps) - first(packet.payload_size)"}
        features.update(self.features)
        for flow in NFStreamer(source=self.path, udps=udps, features=features, models=self.models):
            self.check(vars(flow.udps))
            self.assertEqual((flow.udps.label, flow.udps.second), ("long 10", 11))

    def test_columns_are_in_csv(self):
        streamer = NFStreamer(source=self.path, features=self.features, models={"size": self.model})
        self.assertEqual(streamer.to_csv(self.at("flows.csv")), 5)
        with open(self.at("flows.csv"), newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([row["udps.first_payload"] for row in rows], ["10"] * 5)
        self.assertEqual([row["udps.size"] for row in rows], ["long"] * 5)

    def test_columns_are_anonymized(self):
        hidden = ["src_ip", "udps.size", "udps.label", "udps.nothing"]

        class Label(NFPlugin):
            def on_expire(self, flow):
                assert flow.src_ip.startswith("10."), flow.src_ip
                flow.udps.label = flow.udps.size + "er"

        for udps, names in ((None, ("src_ip", "udps.size")), (Label(), ("src_ip", "udps.size", "udps.label"))):
            streamer = NFStreamer(source=self.path, udps=udps, models={"size": self.model})
            streamer.to_csv(self.at("hidden.csv"), columns_to_anonymize=hidden)
            with open(self.at("hidden.csv"), newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
            self.assertEqual({len(row[name]) for row in rows for name in names}, {128})
            self.assertEqual(len({row["udps.size"] for row in rows}), 1)

    def test_bad_ones_are_refused(self):
        for given, says in (
            ({"features": {"a": "count(packet.raw_sise == 5)"}}, r"features\.a: at column 7: .*raw_size"),
            ({"features": ["count()"]}, "valid features parameter"),
            ({"features": {"src ip": "count()"}}, "no name of a column"),
            ({"models": {"m": self.path}}, r"models\.m: .*some\.pcap"),
            ({"models": {"m": self.at("none")}}, "No such file"),
            ({"models": {"m": {"file": self.model, "inputs": ["dst_prt"]}}}, "unknown column .dst_prt."),
            ({"models": {"m": {"file": self.model, "outputs": "size"}}}, "valid outputs of model m"),
            ({"models": {"m": {"file": self.model, "when": 0}}}, "valid when of model m"),
            ({"models": {"m": {"path": self.model}}}, "valid models parameter"),
        ):
            with self.subTest(given=given), self.assertRaisesRegex(ValueError, says):
                list(NFStreamer(source=self.path, **given))


class Documented(Folder):
    """Programs as NFStream's documentation has them, under its name."""

    def test_count_packets_of_a_size(self):
        class CustomPacketSize(nfstream.NFPlugin):
            def on_init(self, packet, flow):
                if packet.raw_size == self.custom_size:
                    flow.udps.packet_with_custom_size = 1
                else:
                    flow.udps.packet_with_custom_size = 0

            def on_update(self, packet, flow):
                if packet.raw_size == self.custom_size:
                    flow.udps.packet_with_custom_size += 1

        streamer = nfstream.NFStreamer(source=self.path, udps=CustomPacketSize(custom_size=66))
        self.assertEqual([flow.udps.packet_with_custom_size for flow in streamer], [1] * 5)

    def test_modules_have_the_names_of_nfstream(self):
        for module, name in (("splt", "SPLT"), ("slicer", "FlowSlicer"), ("dhcp", "DHCP"), ("mdns", "MDNS"),
                             ("ja4", "JA4"), ("wfeatures", "WFPlugin")):
            one = getattr(importlib.import_module(f"flowgauge.plugins.{module}"), name)
            self.assertIs(one, getattr(importlib.import_module("flowgauge.plugins"), name))
        self.assertIs(importlib.import_module("flowgauge.flow").NFlow, nfstream.NFlow)

    def test_wavelets_of_flows(self):
        from flowgauge.plugins.wfeatures import WFPlugin

        streamer = nfstream.NFStreamer(source=self.path, active_timeout=41, udps=WFPlugin(active_timeout=41, levels=2))
        for flow in streamer:
            self.assertEqual(len(vars(flow.udps)), 8 * 3)
            self.assertAlmostEqual(sum(getattr(flow.udps, f"f_p_k_{level}") for level in range(3)), 1.0)

    def test_judge_flows_by_a_model(self):
        class Model:
            def predict(self, rows):
                return [sum(row) for row in rows]

        class ModelPrediction(nfstream.NFPlugin):
            def on_init(self, packet, flow):
                flow.udps.model_prediction = 0

            def on_expire(self, flow):
                to_predict = [[flow.bidirectional_packets, flow.bidirectional_bytes]]
                flow.udps.model_prediction = self.my_model.predict(to_predict)[0]

        for flow in nfstream.NFStreamer(source=self.path, udps=[ModelPrediction(my_model=Model())]):
            self.assertEqual(flow.udps.model_prediction, flow.bidirectional_packets + flow.bidirectional_bytes)


if __name__ == "__main__":
    unittest.main()
