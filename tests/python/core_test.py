"""The package's own promises: parameters, flows as objects, files, threads, signals. Needs nothing but Python.

Usage: PYTHONPATH=python:tests/python python -m unittest core_test
"""

from __future__ import annotations

import _thread
import copy
import csv
import gc
import os
import pathlib
import pickle
import signal
import threading
import time
import unittest
import warnings

import flowgauge
from captures import Folder
from flowgauge import NFPlugin, NFStreamer


class Parameters(Folder):
    # What NFStream 6.5.4 says (shared/reference/nfstream-behaviour.md 2).
    REFUSED = [
        ("source", [None, "no such file", 1, ("a",)],
         "Please specify a pcap file path or a valid network interface name as source."),
        ("source", [[]], "Please provide a non-empty list of sources."),
        ("source", [["no such file"], [1]], "Invalid pcap file path at index: 0."),
        ("decode_tunnels", [1, "yes", None],
         "Please specify a valid decode_tunnels parameter (possible values: True, False)."),
        ("bpf_filter", [1, b"tcp"], "Please specify a valid bpf_filter format."),
        ("promiscuous_mode", [1, None],
         "Please specify a valid promiscuous_mode parameter (possible values: True, False)."),
        ("snapshot_length", [0, -1, "a", 1.5],
         "Please specify a valid snapshot_length parameter (positive integer)."),
        ("socket_buffer_size", [-1, 2**31, "a"],
         "Please specify a valid socket_buffer_size parameter (positive integer <= 2^31-1)."),
        ("idle_timeout", [-1, "a", 1.5, 2**64],
         "Please specify a valid idle_timeout parameter (positive integer in seconds)."),
        ("active_timeout", [-1, "a", 1.5, 2**64],
         "Please specify a valid active_timeout parameter (positive integer in seconds)."),
        ("accounting_mode", [-1, 4, "a"],
         "Please specify a valid accounting_mode parameter (possible values: 0, 1, 2, 3)."),
        ("udps", [1, [1], "a", object()], "User defined plugins must inherit from NFPlugin type."),
        ("n_dissections", [-1, 256, "a"],
         "Please specify a valid n_dissections parameter (possible values in : [0,...,255])."),
        ("statistical_analysis", [1, None],
         "Please specify a valid statistical_analysis parameter (possible values: True, False)."),
        ("splt_analysis", [-1, 65536, "a"],
         "Please specify a valid splt_analysis parameter (possible values in : [0,...,65535])"),
        ("n_meters", [-1, "a"], "Please specify a valid n_meters parameter (>=1 or 0 for auto scaling)."),
        ("max_nflows", [-1, "a", 1.0], "Please specify a valid max_nflows parameter (>=0)."),
        ("performance_report", [-1, "a"],
         "Please specify a valid performance_report parameter (>=1 for reporting interval (seconds) "
         "or 0 to disable). [Available only for Live capture]"),
        ("system_visibility_mode", [-1, 2, "a"],
         "Please specify a valid system_visibility_mode parameter\n0: disable\n1: process information\n"
         "[Available only for live capture on the system generating the traffic]"),
        ("system_visibility_poll_ms", [-1, "a"],
         "Please specify a valid system_visibility_poll_ms parameter (positive integer in milliseconds)"),
        ("fragments", ["all"], "Please specify a valid fragments parameter"),
    ]

    def test_refuses_what_nfstream_refuses_with_its_words(self):
        for name, values, text in self.REFUSED:
            for value in values:
                with self.subTest(name, value=value), self.assertRaises(ValueError) as caught:
                    NFStreamer(**{"source": self.path, **{name: value}})
                self.assertTrue(str(caught.exception).startswith(text), str(caught.exception))

    def test_checks_again_when_an_attribute_is_set(self):
        streamer = NFStreamer(source=self.path)
        for name, values, text in self.REFUSED[:-1]:
            before = getattr(streamer, name)
            with self.subTest(name), self.assertRaises(ValueError) as caught:
                setattr(streamer, name, values[0])
            self.assertEqual(str(caught.exception), text)
            self.assertEqual(getattr(streamer, name), before)

    def test_has_nfstreams_defaults(self):
        streamer = NFStreamer(self.path)
        self.assertEqual((streamer.idle_timeout, streamer.active_timeout), (120, 1800))
        self.assertEqual((streamer.snapshot_length, streamer.n_dissections, streamer.udps), (1536, 20, ()))

    def test_takes_any_path_and_list(self):
        for source in (pathlib.Path(self.path), [self.path], [pathlib.Path(self.path)], self.path.encode()):
            with self.subTest(source):
                self.assertEqual(len(list(NFStreamer(source=source if not isinstance(source, bytes) else self.path))), 5)

    def test_a_bad_filter_is_told_when_it_is_used(self):
        streamer = NFStreamer(source=self.path, bpf_filter="no filter at all")
        with self.assertRaisesRegex(ValueError, "^Unable to compile BPF filter.$"):
            list(streamer)

    def test_a_filter_leaves_packets_out(self):
        self.assertEqual(len(list(NFStreamer(source=self.path, bpf_filter="src host 10.0.0.3 or dst host 10.0.0.3"))), 1)

    def test_max_nflows_ends_the_iteration(self):
        self.assertEqual([flow.id for flow in NFStreamer(source=self.path, max_nflows=3)], [0, 1, 2])

    def test_what_is_no_capture_is_an_error_and_what_is_cut_a_warning(self):
        with open(self.at("text.pcap"), "w") as file:
            file.write("this is no capture, but it is long enough for the head of one")
        with self.assertRaises(ValueError):
            list(NFStreamer(source=self.at("text.pcap")))
        whole = pathlib.Path(self.path).read_bytes()
        pathlib.Path(self.at("cut.pcap")).write_bytes(whole[:-5])
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            self.assertEqual(len(list(NFStreamer(source=self.at("cut.pcap")))), 5)
        self.assertIn("cut.pcap", str(told[0].message))


class FlowObjects(Folder):
    def one(self, **options):
        return next(iter(NFStreamer(source=self.path, **options)))

    def test_values_are_attributes_and_follow_the_parameters(self):
        flow = self.one()
        self.assertEqual((flow.src_ip, flow.dst_ip, flow.dst_port, flow.bidirectional_packets),
                         ("10.0.0.0", "10.9.9.9", 443, 6))
        self.assertEqual(flow.application_name[:3], "TLS" if flow.application_is_guessed else flow.application_name[:3])
        for absent in ("splt_ps", "bidirectional_mean_ps", "udps", "system_process_pid", "no_such_name"):
            self.assertFalse(hasattr(flow, absent), absent)
        self.assertFalse(hasattr(self.one(n_dissections=0), "application_name"))
        self.assertFalse(hasattr(self.one(decode_tunnels=False), "tunnel_id"))
        self.assertEqual(self.one(splt_analysis=8).splt_direction, [0, 1, 0, 1, 0, 1, -1, -1])
        self.assertEqual(self.one(statistical_analysis=True).bidirectional_syn_packets, 1)
        self.assertEqual(self.one(columns="all").end_reason, "end_of_input")

    def test_keys_and_values_are_in_order(self):
        flow = self.one(statistical_analysis=True, splt_analysis=3)
        self.assertEqual(len(flow.keys()), 89)
        self.assertEqual(flow.keys()[:4], ["id", "expiration_id", "src_ip", "src_mac"])
        self.assertEqual(dict(zip(flow.keys(), flow.values()))["splt_ps"], flow.splt_ps)

    def test_prints_as_nfstream_prints(self):
        lines = str(self.one()).splitlines()
        self.assertEqual(lines[0], "NFlow(id=0,")
        self.assertEqual(lines[2], "      src_ip=10.0.0.0,")
        self.assertTrue(lines[-1].startswith("      content_type=") and lines[-1].endswith(")"))

    def test_is_copied_and_pickled(self):
        class Named(NFPlugin):
            def on_expire(self, flow):
                flow.udps.name = ["a", 1]

        flow = self.one(udps=Named())
        for twin in (copy.copy(flow), copy.deepcopy(flow), pickle.loads(pickle.dumps(flow))):
            self.assertEqual(twin.keys(), flow.keys())
            self.assertEqual(twin.values(), flow.values())
            self.assertEqual(str(twin), str(flow))

    def test_values_may_be_set_but_no_new_ones(self):
        flow = self.one()
        flow.application_name = "mine"
        self.assertEqual(flow.application_name, "mine")
        self.assertIn("mine", flow.values())
        with self.assertRaises(AttributeError):
            flow.something = 1

    def test_outlives_its_streamer(self):
        flows = list(NFStreamer(source=self.path))
        gc.collect()
        self.assertEqual([flow.bidirectional_packets for flow in flows], [6] * 5)


class Files(Folder):
    def read(self, name):
        with open(self.at(name), newline="", encoding="utf-8") as file:
            return list(csv.reader(file))

    def test_writes_what_iteration_gives(self):
        streamer = NFStreamer(source=self.path, statistical_analysis=True, splt_analysis=4)
        self.assertEqual(streamer.to_csv(self.at("flows.csv")), 5)
        rows = self.read("flows.csv")
        flows = list(streamer)
        self.assertEqual(rows[0], flows[0].keys())
        self.assertEqual(rows[1:], [[str(value) for value in flow.values()] for flow in flows])

    def test_of_plugins_in_python_it_writes_the_same_text(self):
        class Nothing(NFPlugin):
            def on_expire(self, flow):
                pass

        options = {"source": self.path, "statistical_analysis": True, "splt_analysis": 4}
        NFStreamer(**options).to_csv(self.at("native.csv"))
        NFStreamer(**options, udps=Nothing()).to_csv(self.at("python.csv"))
        self.assertEqual(pathlib.Path(self.at("native.csv")).read_bytes(), pathlib.Path(self.at("python.csv")).read_bytes())

    def test_files_have_so_many_flows_and_come_again(self):
        class Nothing(NFPlugin):
            def on_expire(self, flow):
                pass

        os.mkdir(self.at("csv.d"))
        for udps in ((), (Nothing(),)):
            streamer = NFStreamer(source=self.path, udps=udps)
            self.assertEqual(streamer.to_csv(self.at("csv.d/a.csv"), flows_per_file=2), 5)
            self.assertEqual([len(self.read(f"csv.d/a.{i}.csv")) for i in range(3)], [3, 3, 2])
            streamer.to_csv(self.at("csv.d/b.csv"), flows_per_file=2, rotate_files=2)
            self.assertEqual([len(self.read(f"csv.d/b.{i}.csv")) for i in range(2)], [2, 3])
            self.assertEqual(self.read("csv.d/b.0.csv")[1], self.read("csv.d/a.2.csv")[1])
            for name in os.listdir(self.at("csv.d")):
                os.unlink(self.at(f"csv.d/{name}"))

    def test_without_a_name_it_is_that_of_the_capture(self):
        NFStreamer(source=self.path).to_csv()
        self.assertEqual(len(self.read("some.pcap.csv")), 6)

    def test_hides_columns(self):
        streamer = NFStreamer(source=self.path)
        streamer.to_csv(self.at("hidden.csv"), columns_to_anonymize=["src_ip", "dst_ip", "dst_port"])
        rows = self.read("hidden.csv")
        place = rows[0].index("src_ip")
        self.assertEqual({len(row[place]) for row in rows[1:]}, {128})
        self.assertEqual(len({row[place] for row in rows[1:]}), 5)
        self.assertEqual(len({row[rows[0].index("dst_port")] for row in rows[1:]}), 1)

    def test_no_flow_no_file(self):
        self.assertEqual(NFStreamer(source=self.path, bpf_filter="port 9").to_csv(self.at("none.csv")), 0)
        self.assertFalse(os.path.exists(self.at("none.csv")))

    def test_a_folder_that_is_missing_is_told(self):
        with self.assertRaises(OSError):
            NFStreamer(source=self.path).to_csv(self.at("missing/flows.csv"))

    def test_refuses_numbers_as_nfstream_does(self):
        for name in ("flows_per_file", "rotate_files"):
            for value in (-1, "a"):
                with self.assertRaisesRegex(ValueError, f"^Please specify a valid {name} parameter "):
                    NFStreamer(source=self.path).to_csv(self.at("x.csv"), **{name: value})


class Runs(Folder):
    def test_a_streamer_is_iterated_again_and_several_at_once(self):
        streamer = NFStreamer(source=self.path)
        pairs = list(zip(streamer, NFStreamer(source=self.path), streamer))
        self.assertEqual(len(pairs), 5)
        self.assertEqual(len(list(streamer)), 5)

    def test_threads_have_streamers_of_their_own(self):
        class Count(NFPlugin):
            def on_update(self, packet, flow):
                flow.udps.packets = flow.bidirectional_packets

        found = []

        def read():
            found.append(sum(flow.udps.packets for flow in NFStreamer(source=self.path, udps=Count())))

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertEqual(found, [30] * 4)

    def test_leaving_early_ends_its_threads(self):
        path = self.write("many.pcap", flows=30000, packets=2)
        before = len(os.listdir("/proc/self/task"))
        for n_meters in (1, 2):
            flows = iter(NFStreamer(source=path, n_meters=n_meters))
            next(flows)
            flows.close()
            self.assertRaises(StopIteration, next, flows)
            for _flow in NFStreamer(source=path, n_meters=n_meters):
                break
            gc.collect()
        self.assertEqual(len(os.listdir("/proc/self/task")), before)

    def test_an_interrupt_reaches_whoever_waits_for_a_file(self):
        fifo = self.at("silent.pcap")
        os.mkfifo(fifo)
        writer = os.open(fifo, os.O_RDWR)
        self.addCleanup(os.close, writer)
        flows = iter(NFStreamer(source=fifo))
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        with self.assertRaises(KeyboardInterrupt):
            next(flows)

    def test_an_interrupt_reaches_a_plugin(self):
        class Slow(NFPlugin):
            def on_update(self, packet, flow):
                time.sleep(10)

        threading.Timer(0.3, _thread.interrupt_main).start()
        with self.assertRaises(KeyboardInterrupt):
            list(NFStreamer(source=self.path, udps=Slow()))

    def test_batches_are_columns(self):
        batches = list(NFStreamer(source=self.path, splt_analysis=2).batches())
        self.assertEqual(sum(len(batch) for batch in batches), 5)
        self.assertEqual(batches[0][0].src_ip, "10.0.0.0")
        schema, array = batches[0].__arrow_c_array__()
        self.assertIn("arrow_schema", repr(schema))
        self.assertIn("arrow_array", repr(array))

    def test_read_reassembles_and_has_all_columns(self):
        batch = next(flowgauge.read_batches(self.path, decode_tunnels="all"))
        self.assertIn("flow_uid", batch.names)


if __name__ == "__main__":
    unittest.main()
