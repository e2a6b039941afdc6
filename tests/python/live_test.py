"""Live capture on loopback: flows of connections made here. Skipped without the rights of root.

Usage: PYTHONPATH=python:tests/python python -m unittest live_test
"""

from __future__ import annotations

import csv
import os
import signal
import socket
import tempfile
import threading
import time
import unittest

from flowgauge import NFPlugin, NFStreamer

FLOWS = 4


def may_capture() -> bool:
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
        return True
    except (OSError, AttributeError):
        return False


class Talk:
    """Connections over loopback, each of ten packets, once the capture runs; then perhaps an interrupt. Each is held for
    some seconds, so that polls find its socket."""

    def __init__(self, interrupts: bool, held: float = 0.0) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.interrupts = interrupts
        self.held = held
        self.thread = threading.Thread(target=self.run)

    def run(self) -> None:
        time.sleep(1.0)  # a capture says nothing when it is ready
        for _ in range(FLOWS):
            with socket.create_connection(("127.0.0.1", self.port)) as client:
                accepted, _peer = self.server.accept()
                with accepted:
                    client.sendall(b"question")
                    accepted.recv(100)
                    accepted.sendall(b"answer")
                    client.recv(100)
                    time.sleep(self.held)
        time.sleep(1.5)
        if self.interrupts:
            os.kill(os.getpid(), signal.SIGINT)

    def __enter__(self) -> "Talk":
        self.thread.start()
        return self

    def __exit__(self, *_error) -> None:
        self.thread.join(30)
        self.server.close()


@unittest.skipUnless(may_capture(), "capturing takes the rights of root")
class Live(unittest.TestCase):
    def flows(self, interrupts=True, held=0.0, **options):
        with Talk(interrupts, held) as talk:
            streamer = NFStreamer(source="lo", bpf_filter=f"tcp port {talk.port}", **options)
            return [flow for flow in streamer if flow.dst_port == talk.port]

    def test_an_interrupt_ends_the_capture_and_loses_no_flow(self):
        flows = self.flows()
        self.assertEqual(len(flows), FLOWS)
        self.assertEqual({flow.src_ip for flow in flows}, {"127.0.0.1"})
        self.assertTrue(all(flow.bidirectional_packets >= 8 for flow in flows))

    def test_idle_flows_come_without_further_packets(self):
        self.assertEqual(len(self.flows(interrupts=False, idle_timeout=1, max_nflows=FLOWS)), FLOWS)

    def test_plugins_see_every_packet(self):
        class Count(NFPlugin):
            def on_init(self, packet, flow):
                flow.udps.packets = 1

            def on_update(self, packet, flow):
                flow.udps.packets += 1

            def on_expire(self, flow):
                flow.udps.seen = flow.bidirectional_packets

        flows = self.flows(udps=Count())
        self.assertEqual(len(flows), FLOWS)
        for flow in flows:
            self.assertEqual(flow.udps.packets, flow.bidirectional_packets)
            self.assertEqual(flow.udps.seen, flow.bidirectional_packets)

    def test_an_exception_of_a_plugin_ends_the_capture(self):
        class Broken(NFPlugin):
            def on_update(self, packet, flow):
                raise KeyError("live")

        with self.assertRaisesRegex(KeyError, "live"):
            self.flows(interrupts=False, udps=Broken())

    def test_names_the_process(self):
        flows = self.flows(held=0.6, system_visibility_mode=1)
        self.assertEqual({flow.system_process_pid for flow in flows}, {os.getpid()})

    def test_to_csv_until_an_interrupt(self):
        with tempfile.TemporaryDirectory() as folder, Talk(interrupts=True) as talk:
            path = os.path.join(folder, "live.csv")
            count = NFStreamer(source="lo", bpf_filter=f"tcp port {talk.port}").to_csv(path)
            with open(path, newline="", encoding="utf-8") as file:
                self.assertEqual(len(list(csv.DictReader(file))), count)
            self.assertEqual(count, FLOWS)

    def test_a_filter_that_is_none_is_told(self):
        with self.assertRaisesRegex(ValueError, "^Unable to compile BPF filter.$"):
            list(NFStreamer(source="lo", bpf_filter="no filter at all"))


if __name__ == "__main__":
    unittest.main()
