#!/usr/bin/env python3
"""Which interface a flow came from, and what the sensor could not use, as IPFIX tells it.

    interfaces_test.py --flowgauge BIN --player BIN --dictionaries DIR

`flowgauge run` has two inputs, of which the second one's interface appears later. What its collector got is read by
python-ipfix: options data name the interfaces as the kernel does, records name them by their indices, and statistics
count. Nothing leaves the namespaces. Exit status: 0 all holds, 1 not, 77 no rights or no python3-ipfix.
"""
import argparse
import json
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from live.captures import write_pcap
from live.network import Bed, remove_stale_namespaces, skip_reason, thread_inside
from live.outcome import Failure, expect
from live.packets import ethernet, ip, udp
from live.processes import end, end_all, run, start, wait_for
from live.sender import play
from live.settings import Settings

SKIPPED = 77
PYTHON = "/usr/bin/python3"  # Debian's, which has python3-ipfix

# Records of each datagram, as JSON.
READER = r"""
import io, json, sys, ipfix.ie, ipfix.message
ipfix.ie.use_iana_default(); ipfix.ie.use_5103_default(); ipfix.ie.use_specfile(sys.argv[1])
messages = ipfix.message.MessageBuffer()
out = []
for line in sys.stdin:
    messages.from_bytes(bytes.fromhex(line))
    out.append([{name: str(value) for name, value in record.items()} for record in messages.namedict_iterator()])
json.dump(out, sys.stdout)
"""
ARP = bytes(range(28))
ALIAS = "uplink to Zürich"


class Collector:
    """IPFIX messages that come to a socket inside the namespace."""

    def __init__(self, bed, dictionaries):
        self.specification = str(dictionaries / "flowgauge.iespec")
        with thread_inside(bed.receiving):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.messages = []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while message := self.socket.recv(65536):
            self.messages.append(message)

    def records(self):
        """Of each message."""
        done = subprocess.run([PYTHON, "-c", READER, self.specification], capture_output=True, text=True, timeout=60,
                              input="".join(message.hex() + "\n" for message in self.messages), check=False)
        expect(done.returncode == 0, f"python-ipfix: {done.stderr[-600:]}")
        return json.loads(done.stdout)


class Story:
    """All records that came, taken apart."""

    def __init__(self, messages):
        self.names, self.descriptions, self.flows, self.statistics = {}, {}, [], []
        for number, records in enumerate(messages):
            for record in records:
                self.take(record, number)

    def take(self, record, messages_before):
        if "interfaceName" in record:
            self.names[int(record["ingressInterface"])] = record["interfaceName"].rstrip("\0")
        elif "interfaceDescription" in record:
            self.descriptions[int(record["ingressInterface"])] = record["interfaceDescription"].rstrip("\0")
        elif "flowId" in record:
            interface = int(record["ingressInterface"])
            expect(interface in self.names, f"a record names interface {interface}, of which nothing was said")
            self.flows.append((record["sourceIPv4Address"], interface))
        elif "exportedMessageTotalCount" in record:
            said = [int(record[f"exported{what}TotalCount"]) for what in ("Message", "FlowRecord")]
            expect(said == [messages_before, len(self.flows)],
                   f"exported {said}; {messages_before} messages and {len(self.flows)} flows came")
        elif "ignoredPacketTotalCount" in record:
            self.statistics.append(
                [int(record[name]) for name in ("observedFlowTotalCount", "ignoredPacketTotalCount",
                                                "notSentFlowTotalCount")])


class Case:
    def __init__(self, settings, bed, dictionaries):
        self.settings, self.bed = settings, bed
        self.collector = Collector(bed, dictionaries)
        configuration = {
            "version": 1, "flows": {"idle_timeout": "1s"}, "control": {"socket": ""}, "metrics": {"listen": ""},
            "inputs": [{"name": name, "interface": interface, "workers": 2, "wait_for": "60s"}
                       for name, interface in (("first", "c0"), ("second", "c1"))],
            "sinks": [{"name": "flows", "type": "ipfix", "collectors": [f"127.0.0.1:{self.collector.port}"],
                       "template_refresh": "1s"}]}
        folder = Path(settings.folder)
        (folder / "flowgauge.yaml").write_text(json.dumps(configuration), encoding="utf-8")
        self.messages = folder / "messages"
        with open(self.messages, "wb") as out:
            self.process = start(["ip", "netns", "exec", bed.receiving, settings.flowgauge, "run", "--config",
                                  str(folder / "flowgauge.yaml")], stdout=out, stderr=out)

    def wait_said(self, text):
        def said():
            if self.process.poll() is not None:
                raise Failure(f"ended: {self.messages.read_text()}")
            return text in self.messages.read_text()
        wait_for(text, 60, said)

    def send(self, interface, network, flows, arps):
        frames = [ethernet(ip(f"10.{network}.0.{i}", "10.9.0.1", 17, udp(4000, 4001, b"x"))) for i in range(flows)]
        path = write_pcap(self.settings.folder, interface, [*frames, *[ethernet(ARP, 0x0806)] * arps])
        play(self.settings, self.bed, [path], interface=interface)

    def wait_for_story(self, what, holds):
        def look():
            story = Story(self.collector.records())
            return story if holds(story) else None
        return wait_for(what, 30, look, 0.3)

    def tell(self):
        self.wait_said("ready: capturing")
        self.send("g0", 1, 3, 5)
        self.wait_for_story("three flows", lambda story: len(story.flows) == 3)
        self.bed.add_pair(1)
        self.wait_said("c1: capturing")
        self.send("g1", 2, 2, 4)
        story = self.wait_for_story("both interfaces, and what was ignored", lambda story: len(story.flows) == 5 and
                                    story.statistics[-1] == [5, 9, 0])
        self.check(story)
        self.bed.change("c1", "alias", "changed")
        second = self.index("c1")
        self.wait_for_story("another description", lambda story: story.descriptions[second] == "changed")
        self.process.send_signal(signal.SIGTERM)
        expect(self.process.wait(60) == 0, f"status {self.process.returncode}: {self.messages.read_text()}")

    def index(self, interface):
        return self.bed.link(self.bed.receiving, interface)["ifindex"]

    def check(self, story):
        first, second = self.index("c0"), self.index("c1")
        expect(story.names == {first: "c0", second: "c1"}, f"names: {story.names}")
        expect(story.descriptions == {first: ALIAS, second: "c1"}, f"descriptions: {story.descriptions}")
        wanted = [(f"10.1.0.{i}", first) for i in range(3)] + [(f"10.2.0.{i}", second) for i in range(2)]
        expect(sorted(story.flows) == wanted, f"flows: {story.flows}")


def reason_to_skip():
    if subprocess.run([PYTHON, "-c", "import ipfix"], capture_output=True, check=False).returncode != 0:
        return "no python3-ipfix"
    return skip_reason()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flowgauge", required=True)
    parser.add_argument("--player", required=True)
    parser.add_argument("--dictionaries", required=True, type=Path)
    arguments = parser.parse_args()
    if reason := reason_to_skip():
        print(f"skipped: {reason}")
        return SKIPPED
    remove_stale_namespaces()
    bed = Bed((("g0", "c0"),))
    try:
        bed.change("c0", "alias", ALIAS)
        bed.change("lo", "up")
        with tempfile.TemporaryDirectory() as folder:
            case = Case(Settings(arguments.flowgauge, arguments.player, "", folder), bed, arguments.dictionaries)
            try:
                case.tell()
            finally:
                end(case.process)
    except Failure as failure:
        print(f"not so: {failure}")
        return 1
    finally:
        end_all()
        bed.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
