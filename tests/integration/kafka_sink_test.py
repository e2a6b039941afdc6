#!/usr/bin/env python3
"""The whole way from packets to Kafka: what a consumer reads equals, as a set, the JSON lines that another sink of
the same run writes, and each message has the key that is documented.

    kafka_sink_test.py --mode fast --flowgauge BIN --schema FILE --mock-broker BIN CAPTURE...
    kafka_sink_test.py --mode read --flowgauge BIN
    kafka_sink_test.py --mode sensor --flowgauge BIN --player FRAME_PLAYER

fast    10,000 flows into librdkafka's mock brokers: JSON, lines in batches, protocol buffers (as the schema has them)
read    1,000,000 flows of `flowgauge read` into a real broker; FLOWGAUGE_SHARED names the maker of the capture
sensor  `flowgauge run` with a spool under steady traffic, while the broker stands still for a minute (SIGSTOP) and,
        after a reload, is killed (SIGKILL) and started again: nothing is lost, what came twice is known by flow_uid

Exit status: 0 all holds, 1 not, 77 without kcat, or what a real broker, a namespace or the capture needs.
"""
import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from hashlib import blake2b
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))

from kafka import broker as real
from kafka.protobuf_test import Unavailable, compare_message, schema_module
from live import packets
from live.metrics import get, scrape
from live.network import Bed, remove_stale_namespaces, skip_reason
from live.outcome import Failure, expect
from live.processes import end_all, start, wait_for
from live.service import Service
from live.settings import Settings
from measure.captures import Captures, shared_folder
from soak.scraper import Scraper

SKIPPED = 77
FLOWS = 1_000_000  # of mode read
WHOLE = {"rotate_every": "0s", "rotate_size": "0B", "min_free": "0B"}
UID = re.compile(rb'"flow_uid":(\d+)')
KEY = re.compile(rb"[0-9a-f]{8}")

RATE = 2000  # flows a second of mode sensor; a debug build loses none
STILL_SECONDS = 60
DEAD_SECONDS = 5
AFTER = 20_000  # records that are to arrive before, between and after the two outages


def messages_of(address, topic, within=()):
    """Partition, key and value of every message, each partition in its order."""
    consumer = start([*within, "kcat", "-b", address, "-C", "-t", topic, "-o", "beginning", "-e", "-q",
                      "-X", "check.crcs=true", "-f", "%p %k %S\n%s"], stdout=subprocess.PIPE)
    while head := consumer.stdout.readline():
        partition, key, size = head[:-1].split(b" ")
        yield int(partition), key, consumer.stdout.read(int(size))
    expect(consumer.wait(60) == 0, f"kcat: status {consumer.returncode}")


def headers_of(address, topic):
    done = subprocess.run(["kcat", "-b", address, "-C", "-t", topic, "-o", "beginning", "-c", "1", "-q", "-f", "%h"],
                          capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


class Lines:
    """The JSON lines of the file, by flow_uid: each of our flows has one record."""

    def __init__(self, path):
        self.digests = {}
        with open(path, "rb") as file:
            count = sum(self.put(line.rstrip(b"\n")) for line in file)
        expect(count == len(self.digests), f"{path}: {count} lines, {len(self.digests)} flow_uid")

    def put(self, line):
        self.digests[uid_of(line)] = digest_of(line)
        return 1


def uid_of(line):
    found = UID.search(line)
    expect(found, f"no flow_uid: {line[:200]}")
    return int(found[1])


def digest_of(line):
    return blake2b(line, digest_size=16).digest()


class Received:
    """What a topic holds of the lines."""

    def __init__(self, lines):
        self.lines = lines
        self.seen = set()
        self.messages = 0
        self.partitions = {}  # of each key

    def take(self, messages):
        for partition, key, line in messages:
            expect(KEY.fullmatch(key), f"the key {key} of {line[:200]}")
            expect(self.partitions.setdefault(key, partition) == partition, f"key {key} is in two partitions")
            self.take_line(line)
            self.messages += 1
        return self

    def take_line(self, line):
        uid = uid_of(line)
        expect(self.lines.digests.get(uid) == digest_of(line), f"no line of the file: {line[:500]}")
        self.seen.add(uid)

    def expect_all(self):
        missing = len(self.lines.digests) - len(self.seen)
        expect(missing == 0, f"{missing} of {len(self.lines.digests)} records are missing")

    @property
    def twice(self):
        return self.messages - len(self.seen)


def read(flowgauge, folder, configuration, captures):
    """Runs `flowgauge read`; returns the seconds it took and the summary."""
    (folder / "flowgauge.yaml").write_text(json.dumps({"version": 1, "sensor": "judge", **configuration}))
    begin = time.monotonic()
    ended = subprocess.run([flowgauge, "read", "--config", folder / "flowgauge.yaml", "--summary",
                            folder / "summary.json", *captures], capture_output=True, text=True, timeout=900)
    seconds = time.monotonic() - begin
    expect(ended.returncode == 0, f"read: status {ended.returncode}: {ended.stderr}")
    return seconds, json.loads((folder / "summary.json").read_text())


def file_sink(folder):
    return {"name": "lines", "type": "file", "format": "jsonl", "path": f"{folder}/flows.jsonl", **WHOLE}


def kafka_sink(name, address, topic="flows", **more):
    return {"name": name, "type": "kafka", "brokers": [address], "topic": topic, **more}


def write_capture(path, frames):
    """`frames`: seconds and bytes of each."""
    head = (0xA1B2C3D4).to_bytes(4, "little") + bytes([2, 0, 4, 0]) + bytes(8)
    with open(path, "wb") as file:
        file.write(head + (65535).to_bytes(4, "little") + (1).to_bytes(4, "little"))
        for seconds, frame in frames:
            words = (int(seconds), int(seconds % 1 * 1e6), len(frame), len(frame))
            file.write(b"".join(word.to_bytes(4, "little") for word in words) + frame)


def datagram(number, back=False):
    """Of flow `number`, in one of its directions."""
    near = (f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", 40_000)
    far = ("198.51.100.7", 5000 + number % 100)
    (source, source_port), (target, target_port) = (far, near) if back else (near, far)
    payload = packets.udp(source_port, target_port, b"flow %d" % number)
    return packets.ethernet(packets.ip(source, target, 17, payload), reverse=back)


# -- fast

PAIRS = 5000
IDLE_SECONDS = 300  # longer than the idle timeout: the other direction is a flow of its own


def fast(options, folder):
    captures = [folder / "pairs.pcap", *options.captures]
    write_capture(captures[0], ((i / 1e4 + (IDLE_SECONDS if back else 0), datagram(i, back))
                                for back in (False, True) for i in range(PAIRS)))
    broker = real.MockBroker(options.mock_broker, "batches", "protobuf")
    try:
        _, summary = read(options.flowgauge, folder, {
            "statistics": {"statistical_analysis": True, "splt_analysis": 5},
            "sinks": [file_sink(folder), kafka_sink("json", broker.address),
                      kafka_sink("batches", broker.address, "batches", records_per_message=100, compression="zstd"),
                      kafka_sink("protobuf", broker.address, "protobuf", format="protobuf")]}, captures)
        expect(summary["flows"] >= 2 * PAIRS, f"{summary['flows']} flows")
        lines = Lines(folder / "flows.jsonl")
        check_json(broker.address, lines)
        check_batches(broker.address, lines)
        check_protobuf(broker.address, options.schema, folder)
    finally:
        broker.end()


def check_json(address, lines):
    received = Received(lines).take(messages_of(address, "flows"))
    received.expect_all()
    expect(received.twice == 0, f"{received.twice} messages are there twice")
    expect(headers_of(address, "flows") == "schema=flowgauge/1,ct=json,sensor=judge", "headers of JSON")
    keys = {}
    for _, key, line in messages_of(address, "flows"):
        flow = json.loads(line)
        ends = frozenset((flow[f"{end}_ip"], flow[f"{end}_port"]) for end in ("src", "dst"))
        keys.setdefault((ends, flow["protocol"], flow["vlan_id"], flow.get("tunnel_id")), set()).add(key)
    apart = {flow: each for flow, each in keys.items() if len(each) > 1}
    expect(not apart, f"flows with several keys: {str(apart)[:500]}")
    expect(len({min(each) for each in keys.values()}) > 0.99 * len(keys), "flows share keys")
    print(f"json: {received.messages} messages equal the lines, {len(keys)} keys")


def check_batches(address, lines):
    received = Received(lines)
    for _, key, value in messages_of(address, "batches"):
        expect(key == b"", f"a message of several records has the key {key}")
        batch = value.split(b"\n")
        expect(0 < len(batch) <= 100, f"{len(batch)} records in a message")
        for line in batch:
            received.take_line(line)
            received.messages += 1
    received.expect_all()
    expect(received.twice == 0, f"{received.twice} records are there twice")
    print(f"batches: {received.messages} records equal the lines")


def check_protobuf(address, schema_path, folder):
    try:
        schema = schema_module(schema_path, folder)
    except Unavailable as reason:
        print(f"skipped: protocol buffers: {reason}")
        return
    by_uid = {}
    with open(folder / "flows.jsonl", "rb") as file:
        for line in file:
            by_uid[uid_of(line)] = json.loads(line)
    fields = 0
    for _, key, value in messages_of(address, "protobuf"):
        expect(KEY.fullmatch(key), f"the key {key}")
        flow = schema.Flow()
        flow.ParseFromString(value)
        fields += compare_message(schema, value, by_uid.pop(flow.flow_uid))
    expect(not by_uid, f"{len(by_uid)} records are missing")
    expect("ct=protobuf" in headers_of(address, "protobuf"), "headers of protobuf")
    print(f"protobuf: {fields} fields equal those of the lines")


# -- read

def read_full(options, folder):
    if not (shared_folder() / "tools" / "mkcapture").is_dir():
        print(f"skipped: {shared_folder()}/tools/mkcapture makes the capture (FLOWGAUGE_SHARED)")
        return SKIPPED
    broker = real.Broker(folder / "broker")
    capture = Captures(folder / "captures").flows(FLOWS, 2)
    broker.start()
    try:
        broker.create_topic("flows")
        seconds, summary = read(options.flowgauge, folder, {
            "flows": {"max_flows": 2 * FLOWS},  # a worker may have more than its share
            "sinks": [file_sink(folder), kafka_sink("bus", broker.address)]}, [capture])
        size = (folder / "flows.jsonl").stat().st_size
        print(f"read: {summary['flows']} flows in {seconds:.1f} s, {summary['flows'] / seconds:.0f}/s, "
              f"{size / 1e6:.0f} MB of JSON")
        begin = time.monotonic()
        received = Received(Lines(folder / "flows.jsonl")).take(messages_of(broker.address, "flows"))
        received.expect_all()
        print(f"kcat: {received.messages} messages, {received.twice} twice, equal as sets to the lines; "
              f"{len(received.partitions)} keys; looked at in {time.monotonic() - begin:.1f} s")
        expect(received.twice == 0, f"{received.twice} messages are there twice")
        expect(received.messages == FLOWS, f"{received.messages} messages")
    finally:
        broker.stop()
    return 0


# -- sensor

SENSOR = """version: 1
sensor: judge
inputs: [{name: wire, interface: c0, workers: 1, socket_buffer_size: 64MiB}]
flows: {idle_timeout: 2s}
dissection: {n_dissections: 0}
sinks:
  - {name: lines, type: file, format: jsonl, path: "{folder}/out/flows.jsonl", rotate_every: 0s, rotate_size: 0B,
     min_free: 0B}
  - name: bus
    type: kafka
    brokers: ["BROKER"]
    topic: flows
    properties: {statistics.interval.ms: "1000", reconnect.backoff.max.ms: "1000"}
    queue: {memory: 8MiB, when_full: spool}
    spool: {directory: "{folder}/spool", size: 2GiB}
metrics: {listen: "127.0.0.1:9477"}
control: {socket: "{folder}/control.sock"}
"""


class Laws(Scraper):
    """The laws alone."""

    def look(self):
        self.see(scrape(self.service.bed.receiving))


class Sensor:
    """One run of it, with a broker beside it that is hurt."""

    def __init__(self, settings, bed, broker):
        self.settings = settings
        self.bed = bed
        self.broker = broker
        self.spooled_most = 0
        self.service = None
        self.laws = None

    def number(self, name):
        return self.laws.metrics().sum(f"flowgauge_sink_{name}", sink="bus")

    def wait_arrived(self, count):
        wanted = self.number("records_acknowledged_total") + count
        wait_for(f"{wanted} records with the broker", 120,
                 lambda: self.number("records_acknowledged_total") >= wanted, 0.5)

    def hurt(self):
        self.wait_arrived(AFTER)
        self.broker.pause()
        time.sleep(STILL_SECONDS)
        self.spooled_most = self.number("spooled_records")
        expect(self.spooled_most > 0, "nothing was spooled while the broker stood still")
        expect(self.number("working") == 0, "the sink says that it works while the broker stands still")
        self.broker.resume()
        self.service.command("reload")
        self.wait_arrived(self.spooled_most + AFTER)
        self.broker.kill()
        time.sleep(DEAD_SECONDS)
        self.broker.start()
        self.wait_arrived(AFTER)

    def run(self, capture):
        configuration = SENSOR.replace("BROKER", self.broker.address)
        with Service(self.settings, self.bed, configuration) as service:
            self.service = service
            self.laws = Laws(service)
            player = start(["ip", "netns", "exec", self.bed.sending, self.settings.player, "g0", str(capture),
                            "--rate", str(RATE)], stdout=subprocess.DEVNULL)
            self.hurt()
            player.terminate()
            player.wait(60)
            wait_for("everything with the broker", 120, self.is_done, 0.5)
            self.check_numbers()
            self.laws.stop()
            expect(not self.laws.problems, f"scrapes: {self.laws.problems[:5]}")
            service.process.terminate()
            service.wait_exit()
            self.check()

    def is_done(self):
        metrics = self.laws.metrics()
        return metrics.sum("flowgauge_flows_active") == 0 and all(
            metrics.sum(f"flowgauge_sink_{name}") == 0 for name in ("queued_records", "spooled_records"))

    def check_numbers(self):
        status, body = get(self.bed.receiving, "/api/v1/stats")
        expect(status == 200, body)
        producer = next(sink for sink in json.loads(body)["sinks"] if sink["name"] == "bus")["producer"]
        expect(producer["brokers_up"] == 1 and producer["producers"] >= 1, f"producer: {producer}")
        expect(self.number("kafka_messages_sent_total") >= AFTER, "messages sent")
        wait_for("librdkafka's next statistics, by which no message waits", 30,
                 lambda: self.number("kafka_waiting_messages") == 0, 0.5)
        for name in ("lines", "bus"):
            dropped = self.laws.metrics().sum("flowgauge_sink_records_dropped_total", sink=name)
            expect(dropped == 0, f"sink {name} dropped {dropped} records")

    def check(self):
        repeated = self.laws.last.sum("flowgauge_sink_records_repeated_total", sink="bus")
        received = Received(Lines(self.service.path("out", "flows.jsonl")))
        received.take(messages_of(self.broker.address, "flows", self.broker.within))
        received.expect_all()
        print(f"sensor: {len(received.seen)} records, 0 lost, {received.twice} messages twice ({repeated} said to be "
              f"possible), {self.spooled_most} in the spool after {STILL_SECONDS} s, {self.laws.count} scrapes, "
              f"{self.number_of_producers()} producers")
        expect(received.twice <= repeated, f"{received.twice} are there twice, {repeated} were said to be possible")

    def number_of_producers(self):
        return self.laws.last.sum("flowgauge_sink_kafka_producers_total", sink="bus")


def sensor(options, folder):
    reason = skip_reason()
    if reason:
        print(f"skipped: {reason}")
        return SKIPPED
    remove_stale_namespaces()
    capture = folder / "flows.pcap"
    write_capture(capture, ((0, datagram(i)) for i in range(RATE * 400)))
    bed = Bed(pairs=(("g0", "c0"),))
    broker = None
    try:
        bed.inside(bed.receiving, ["ip", "link", "set", "lo", "up"])
        broker = real.Broker(folder / "broker", within=("ip", "netns", "exec", bed.receiving))
        broker.start()
        broker.create_topic("flows")
        settings = Settings(flowgauge=options.flowgauge, player=options.player, shared="", folder=str(folder))
        Sensor(settings, bed, broker).run(capture)
    finally:
        if broker is not None and broker.process is not None:
            broker.resume()
            broker.stop()
        end_all()
        bed.close()
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mode", choices=("fast", "read", "sensor"), required=True)
    parser.add_argument("--flowgauge", required=True)
    parser.add_argument("--schema", type=Path)
    parser.add_argument("--mock-broker")
    parser.add_argument("--player")
    parser.add_argument("captures", nargs="*")
    options = parser.parse_args()
    if shutil.which("kcat") is None:
        print("skipped: no kcat")
        return SKIPPED
    mode = {"fast": fast, "read": read_full, "sensor": sensor}[options.mode]
    with tempfile.TemporaryDirectory(prefix="flowgauge-kafka-") as folder:
        try:
            return mode(options, Path(folder)) or 0
        except real.Unavailable as reason:
            print(f"skipped: {reason}")
            return SKIPPED
        except Failure as failure:
            print(f"FAILED: {failure}")
            return 1


if __name__ == "__main__":
    sys.exit(main())
