#!/usr/bin/env python3
"""Names that traffic carries to harm whoever reads them, through every sink of `flowgauge read`.

    hostile_test.py --flowgauge BIN --dictionaries DIR --cache DIR [--mock-broker BIN]

A capture of our own has user agents, TLS and DNS names with quotes, commas, line ends, tabs, control characters, bytes
that are no UTF-8, NUL, and 60,000 bytes: the longest that a packet holds. The CSV must say what was sent, as nDPI and
UTF-8 allow it; whatever else came out, read by somebody else's reader, must say the same as the CSV. Readers that are
not here (pyarrow, kcat, python3-ipfix) are left out, and named. Exit status: 0 all holds, 1 not.
"""
import argparse
import csv
import gzip
import json
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from kafka.broker import MockBroker
from live.captures import write_pcap
from live.packets import ethernet, ip, tcp, udp
from peers import Datagrams, Stream, syslog_bodies

csv.field_size_limit(1 << 20)
COLUMNS = ("flow_uid", "src_ip", "requested_server_name", "user_agent")
LONGEST = 60000
DATAGRAM_MAX = 65507

AGENTS = [
    b'quo"ted, and \\"back\\\\slashed\\', b"'single'; DROP TABLE flows; --", b"tab\tand, comma;", b"line\nfeed",
    b"carriage\rreturn", b'"\n,"\r,\n', b"\x1b[31mred\x07\x08\x7f", b"=1+1", b"</script>%s%n${HOME}|`id`$(id)",
    b"null", b"-", b" both sides ", b"bad \xff\xfe \xe2\x82 \xed\xa0\x80 \xf5\x80\x80\x80 \xc0\xaf end",
    b"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xe2\x80\xa8 \xe2\x80\xae \xef\xbb\xbf", b"before\0behind",
    b"A" * 254 + b"\xc3\xa9", b"B" * 255, b"C" * 256, b'"' * LONGEST, b"\n" * LONGEST, "é".encode() * (LONGEST // 2),
]
NAMES = [[b'a"b', b"c,d", b"org"], [b"tab\there", b"x"], [b"bad\xff\xfe", b"x"], ["é€".encode(), b"x"], [b"nu\0l", b"x"],
         [b"l\nf", b"\r"], [b"x" * 63, b"y" * 63, b"z" * 63, b"w" * 50]]


def conversation(number, payload, port):
    """TCP to a port of its own server."""
    client, server, from_port = f"10.3.{port % 256}.{number}", "10.4.0.1", 30000 + number

    def there(flags, data=b""):
        return ethernet(ip(client, server, 6, tcp(from_port, port, flags, data)))

    def back(flags):
        return ethernet(ip(server, client, 6, tcp(port, from_port, flags)), reverse=True)
    return [there(0x02), back(0x12), there(0x10), there(0x18, payload), back(0x11), there(0x11)]


def request(host, agent):
    return b"GET / HTTP/1.1\r\nHost: " + host + b"\r\nUser-Agent: " + agent + b"\r\nAccept: */*\r\n\r\n"


def question(labels):
    name = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    return b"\0\7\1\0\0\1" + bytes(6) + name + b"\0\1\0\1"


def sized(bytes_of_length, content):
    return len(content).to_bytes(bytes_of_length, "big") + content


def hello(name):
    """A ClientHello with that server name (RFC 6066 section 3)."""
    extension = b"\0\0" + sized(2, sized(2, b"\0" + sized(2, name)))
    body = b"\3\3" + b"r" * 32 + b"\0" + sized(2, b"\x13\1") + sized(1, b"\0") + sized(2, extension)
    return b"\x16\3\1" + sized(2, b"\1" + sized(3, body))


def frames():
    made = []
    for number, agent in enumerate(AGENTS, 1):
        made += conversation(number, request(b"www.example.org", agent), 80)
    for number, labels in enumerate(NAMES, 1):
        name = b".".join(labels)
        made += conversation(100 + number, request(name, b"x"), 80)
        made += conversation(number, hello(name), 443)
        made.append(ethernet(ip(f"10.5.0.{number}", "10.4.0.1", 17, udp(40000 + number, 53, question(labels)))))
    return made


def wanted_agent(agent):
    """What of a user agent is kept: a text of C, without what is no UTF-8. nDPI drops spaces before and behind."""
    return agent.split(b"\0")[0].decode("utf-8", "ignore")


def find(value, name):
    """The text under a key of that name, however deep; or under `original`, as Elastic has it."""
    for key, inner in value.items() if isinstance(value, dict) else ():
        if key == name:
            return inner["original"] if isinstance(inner, dict) else inner
        if (found := find(inner, name)) is not None:
            return found
    return None


def cut(text, bytes_max=255):
    """What IPFIX has of a text: whole characters only."""
    return text.encode()[:bytes_max].decode("utf-8", "ignore")


# Readers, each a function of the run that gives rows: uid -> (server name, user agent).


def of_csv(lines):
    return {row["flow_uid"]: (row["requested_server_name"], row["user_agent"]) for row in csv.DictReader(lines)}


def of_json(lines):
    rows = {}
    for record in map(json.loads, lines):
        server = next((found for name in ("requested_server_name", "server_name", "sni")
                       if (found := find(record, name)) is not None), "")
        uid = find(record, "flow_uid") or record["connection_info"]["uid"]
        rows[str(uid)] = (server, find(record, "user_agent") or "")
    return rows


PARQUET_READER = r"""
import json, sys, pyarrow.parquet
json.dump(pyarrow.parquet.read_table(sys.argv[1]).to_pylist(), sys.stdout)
"""
IPFIX_READER = r"""
import json, sys, ipfix.ie, ipfix.reader
ipfix.ie.use_iana_default(); ipfix.ie.use_5103_default()
for specification in sys.argv[2:]:
    ipfix.ie.use_specfile(specification)
rows = []
with open(sys.argv[1], "rb") as file:
    for record in ipfix.reader.from_stream(file).namedict_iterator():
        if "flowId" in record:
            rows.append([record["flowId"], record["fgServerName"], record["httpUserAgent"]])
json.dump(rows, sys.stdout)
"""


def loaded(command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        raise ValueError(done.stderr[-600:])
    return json.loads(done.stdout)


def has(python, module):
    return Path(python).exists() and subprocess.run([python, "-c", f"import {module}"], capture_output=True,
                                                    check=False).returncode == 0


def messages_of(broker):
    """Values of all messages of Kafka, told apart by their lengths."""
    done = subprocess.run(["kcat", "-b", broker.address, "-C", "-t", "flows", "-o", "beginning", "-e", "-q", "-f",
                           "%S %s"], capture_output=True, timeout=60, check=True)
    return syslog_bodies(done.stdout)


class Run:
    def __init__(self, arguments, scratch):
        self.arguments, self.scratch = arguments, Path(scratch)
        self.findings = 0
        self.too_long = {}  # by sink
        self.broker = MockBroker(arguments.mock_broker) if arguments.mock_broker and shutil.which("kcat") else None
        loopback = ("127.0.0.1", 0)
        self.peers = {
            "udp": Datagrams(socket.AF_INET, loopback), "log": Datagrams(socket.AF_INET, loopback),
            "box": Datagrams(socket.AF_UNIX, f"{scratch}/box"), "tcp": Stream(socket.AF_INET, loopback),
            "logs": Stream(socket.AF_INET, loopback), "tube": Stream(socket.AF_UNIX, f"{scratch}/tube")}
        (self.scratch / "flowgauge.yaml").write_text(json.dumps({"version": 1, "sinks": self.sinks()}))
        ended = subprocess.run(
            [arguments.flowgauge, "read", "--config", f"{scratch}/flowgauge.yaml", "--summary",
             f"{scratch}/summary.json", write_pcap(scratch, "hostile", frames())],
            capture_output=True, text=True, timeout=60, check=False)
        if ended.returncode != 0:
            raise SystemExit(f"not so: status {ended.returncode}: {ended.stderr}")
        with self.path("csv").open(newline="", encoding="utf-8") as lines:
            self.rows = of_csv(lines)

    def path(self, name):
        return self.scratch / {"csv": "flows.csv", "jsonl": "flows.jsonl", "packed": "packed.csv.gz",
                               "zstd": "packed.jsonl.zst", "parquet": "flows.parquet"}.get(name, name)

    def file(self, name, sink_format, **more):
        path = str(self.path(name)).removesuffix(".zst").removesuffix(".gz")
        columns = {} if sink_format == "ipfix" else {"columns": ",".join(COLUMNS)}
        return {"name": name, "type": "file", "format": sink_format, "path": path, "rotate_every": "0s",
                "rotate_size": "0B", "min_free": "0B", **columns, **more}

    def to(self, name, sink_type, **more):
        address = self.peers[name].name
        collector = f"unix:{address}" if isinstance(address, str) else f"127.0.0.1:{address[1]}"
        columns = {} if sink_type == "ipfix" else {"columns": ",".join(COLUMNS)}
        return {"name": name, "type": sink_type, "collectors": [collector], **columns, **more}

    def sinks(self):
        every = [
            self.file("csv", "csv"), self.file("packed", "csv", compress="gzip"), self.file("jsonl", "jsonl"),
            self.file("zstd", "jsonl", compress="zstd"), self.file("ecs", "jsonl", names="ecs"),
            self.file("ocsf", "jsonl", names="ocsf"), self.file("parquet", "parquet"),
            self.file("ipfix", "ipfix", profile="extended", message_size="65535B"),
            self.to("udp", "ipfix", profile="full"), self.to("tcp", "ipfix", profile="full", transport="tcp"),
            self.to("log", "syslog"), self.to("logs", "syslog", transport="tcp"),
            self.to("box", "socket"), self.to("tube", "socket", transport="tcp")]
        if self.broker:
            every.append({"name": "kafka", "type": "kafka", "brokers": [self.broker.address], "topic": "flows",
                          "columns": ",".join(COLUMNS)})
        return every

    def check(self, holds, what):
        if not holds:
            print(f"not so: {what[:600]}")
            self.findings += 1

    def compare(self, name, rows, expected=None):
        expected = self.rows if expected is None else expected
        self.check(rows.keys() == expected.keys(), f"{name}: {len(rows)} rows and not {len(expected)}")
        for uid in rows.keys() & expected.keys():
            self.check(rows[uid] == expected[uid], f"{name}: {rows[uid]!r:.250} and not {expected[uid]!r:.250}")

    def compare_datagrams(self, name, peer, streamed):
        """Escaped, the longest texts are longer than a datagram; such records are counted as dropped."""
        fitting = [message for message in streamed if len(message) <= DATAGRAM_MAX]
        self.too_long[peer] = len(streamed) - len(fitting)
        self.check(0 < self.too_long[peer] < 4, f"{name}: {self.too_long[peer]} records are too long")
        self.compare(name, *(of_json(message[message.index(b"{"):] for message in messages)
                             for messages in (self.peers[peer].take(), fitting)))

    def check_csv(self):
        """Against what was sent."""
        agents = [agent for _, agent in self.rows.values()]
        for agent in AGENTS:
            wanted = wanted_agent(agent)
            self.check(wanted in agents or wanted.strip(" ") in agents, f"csv: no user agent {wanted[:80]!r}")
        self.check(len(self.rows) == len(AGENTS) + 3 * len(NAMES), f"csv: {len(self.rows)} rows")
        self.check('a"b.c,d.org' in (server for server, _ in self.rows.values()), "csv: no server name with a quote")

    def check_lines(self):
        with gzip.open(self.path("packed"), "rt", newline="", encoding="utf-8") as lines:
            self.compare("csv.gz", of_csv(lines))
        for name in ("jsonl", "ecs", "ocsf"):
            self.compare(name, of_json(self.path(name).read_bytes().splitlines()))
        unpacked = subprocess.run(["zstd", "-dc", str(self.path("zstd"))], capture_output=True, check=True).stdout
        self.compare("jsonl.zst", of_json(unpacked.splitlines()))
        tube = self.peers["tube"].take().splitlines()
        self.compare("unix stream", of_json(tube))
        self.compare_datagrams("unix datagrams", "box", tube)
        logs = syslog_bodies(self.peers["logs"].take())
        self.compare("syslog over TCP", of_json(entry[entry.index(b"{"):] for entry in logs))
        self.compare_datagrams("syslog over UDP", "log", logs)
        if self.broker:
            self.compare("Kafka", of_json(messages_of(self.broker)))
            self.broker.end()
        else:
            print("left out: Kafka: no kcat or mock_broker")

    def check_parquet(self):
        pythons = [sys.executable, str(Path(self.arguments.cache) / "python-files/bin/python3")]
        python = next((each for each in pythons if has(each, "pyarrow")), None)
        if python is None:
            print("left out: Parquet: no pyarrow")
            return
        path = next(self.scratch.glob("flows*.parquet"))
        rows = loaded([python, "-c", PARQUET_READER, str(path)])
        self.compare("Parquet", {str(row["flow_uid"]): (row["requested_server_name"], row["user_agent"])
                                 for row in rows})

    def check_ipfix(self):
        """Texts of 255 bytes at most."""
        python = "/usr/bin/python3"
        if not has(python, "ipfix"):
            print("left out: IPFIX: no python3-ipfix")
            return
        (self.scratch / "udp").write_bytes(b"".join(self.peers["udp"].take()))
        (self.scratch / "tcp").write_bytes(self.peers["tcp"].take())
        (self.scratch / "more.iespec").write_text("httpUserAgent(468)<string>[65535]\n")  # that it does not know
        specifications = [str(self.arguments.dictionaries / "flowgauge.iespec"), str(self.scratch / "more.iespec")]
        expected = {uid: (cut(server), cut(agent)) for uid, (server, agent) in self.rows.items()}
        for name in ("ipfix", "udp", "tcp"):
            rows = loaded([python, "-c", IPFIX_READER, str(self.scratch / name), *specifications])
            self.compare(f"IPFIX {name}", {str(uid): (server, agent) for uid, server, agent in rows}, expected)

    def check_summary(self):
        for sink in json.loads((self.scratch / "summary.json").read_text())["sinks"]:
            dropped = self.too_long.get(sink["name"], 0)
            self.check((sink["written"], sink["dropped"]) == (len(self.rows) - dropped, dropped), f"summary: {sink}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flowgauge", required=True)
    parser.add_argument("--dictionaries", required=True, type=Path)
    parser.add_argument("--cache", required=True)
    parser.add_argument("--mock-broker")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        run = Run(arguments, scratch)
        for check in (run.check_csv, run.check_lines, run.check_parquet, run.check_ipfix, run.check_summary):
            check()
    return 1 if run.findings else 0


if __name__ == "__main__":
    sys.exit(main())
