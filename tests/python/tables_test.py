"""Flows as tables of others: pandas, pyarrow, polars. Skipped where they are missing.

Usage: PYTHONPATH=python:tests/python python -m unittest tables_test
"""

from __future__ import annotations

import os
import unittest

from captures import Folder

import flowgauge
from flowgauge import NFPlugin, NFStreamer

try:
    import numpy
    import pandas
    import polars
    import pyarrow
except ImportError as missing:
    raise unittest.SkipTest(f"no {missing.name}") from missing


class Frames(Folder):
    def test_equals_what_pandas_reads_of_the_csv(self):
        class Values(NFPlugin):
            def on_init(self, packet, flow):
                flow.udps.number = flow.src_port
                flow.udps.ratio = flow.src_port / 3
                flow.udps.text = flow.src_ip
                flow.udps.items = [1, flow.src_port]
                flow.udps.nothing = None
                flow.udps.often = 7 if flow.src_port % 2 else None

        for udps in ((), (Values(),)):
            streamer = NFStreamer(source=self.path, statistical_analysis=True, splt_analysis=3, udps=udps)
            streamer.to_csv(self.at("flows.csv"))
            pandas.testing.assert_frame_equal(streamer.to_pandas(), pandas.read_csv(self.at("flows.csv")))

    def test_leaves_nothing_in_the_working_folder(self):
        before = set(os.listdir("."))
        NFStreamer(source=self.path).to_pandas()
        self.assertEqual(set(os.listdir(".")), before)

    def test_is_none_without_flows(self):
        self.assertIsNone(NFStreamer(source=self.path, bpf_filter="port 9").to_pandas())
        self.assertEqual(len(flowgauge.read(self.path, bpf_filter="port 9")), 0)

    def test_hides_columns_with_one_key(self):
        class Name(NFPlugin):
            def on_expire(self, flow):
                flow.udps.name = flow.src_ip

        table = NFStreamer(source=self.path, udps=Name()).to_pandas(["src_ip", "dst_ip", "udps.name"])
        self.assertEqual({len(value) for name in ("src_ip", "dst_ip", "udps.name") for value in table[name]}, {128})

    def test_values_that_a_plugin_changed(self):
        class Change(NFPlugin):
            def on_expire(self, flow):
                if flow.src_ip.endswith("3"):
                    flow.application_name = "mine"

        table = NFStreamer(source=self.path, udps=Change()).to_pandas()
        self.assertEqual(list(table.application_name[table.src_ip == "10.0.0.3"]), ["mine"])

    def test_read_keeps_lists_and_empty_texts(self):
        table = flowgauge.read(self.path, splt_analysis=2)
        self.assertEqual(list(table.splt_direction[0]), [0, 1])
        self.assertEqual(table.user_agent[0], "")
        self.assertIn("end_reason", table.columns)
        self.assertTrue(numpy.issubdtype(table.flow_uid.dtype, numpy.integer))


class Arrow(Folder):
    def test_batches_and_streams_equal_the_frame(self):
        streamer = NFStreamer(source=self.path, statistical_analysis=True, splt_analysis=3)
        flows = list(streamer)
        batch = pyarrow.record_batch(next(streamer.batches()))
        batch.validate(full=True)
        self.assertEqual(batch.column("splt_ps").to_pylist(), [flow.splt_ps for flow in flows])
        self.assertEqual(batch.column("src_ip").to_pylist(), [flow.src_ip for flow in flows])
        table = pyarrow.table(streamer)
        table.validate(full=True)
        self.assertEqual(table.to_pylist(), batch.to_pylist())
        self.assertEqual(polars.DataFrame(streamer)["bidirectional_mean_ps"].to_list(),
                         [flow.bidirectional_mean_ps for flow in flows])

    def test_columns_are_numpys(self):
        batch = next(NFStreamer(source=self.path).batches())
        self.assertEqual(batch.column("bidirectional_packets").tolist(), [6] * 5)

    def test_an_array_outlives_its_batch(self):
        array = pyarrow.record_batch(next(NFStreamer(source=self.path).batches())).column("dst_ip")
        self.assertEqual(array.to_pylist(), ["10.9.9.9"] * 5)

    def test_many_batches(self):
        path = self.write("many.pcap", flows=10000, packets=2)
        table = pyarrow.table(NFStreamer(source=path, n_dissections=0))
        self.assertEqual(table.num_rows, 10000)
        self.assertEqual(table.column("id").to_pylist(), list(range(10000)))
        self.assertEqual(len(NFStreamer(source=path, n_dissections=0).to_pandas()), 10000)


if __name__ == "__main__":
    unittest.main()
