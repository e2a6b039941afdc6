#!/usr/bin/env python3
"""Sinks of `flowgauge read`, all at once: what each peer received equals the CSV of the same flows.

    sinks_test.py --flowgauge BIN --dictionaries DIR CAPTURE...

Peers are sockets of this program on loopback. What came over UDP, TCP and TLS as IPFIX is given to the collectors of
ipfix_test.py; lines are compared here. Exit status: 0 all hold, 1 not.
"""
import argparse
import csv
import gzip
import json
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from ipfix.judges import JUDGES, Export, Missing
from peers import Datagrams, Stream, syslog_bodies


def certificates(scratch):
    """One that is its own authority, for both ends."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-keyout", f"{scratch}/key.pem", "-out", f"{scratch}/cert.pem", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True, timeout=60)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{scratch}/cert.pem", f"{scratch}/key.pem")
    context.load_verify_locations(f"{scratch}/cert.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def sinks_of(peers, scratch):
    def at(peer):
        return f"127.0.0.1:{peer.name[1]}"

    whole = {"rotate_every": "0s", "rotate_size": "0B", "min_free": "0B"}
    tls = {"ca_file": f"{scratch}/cert.pem", "cert_file": f"{scratch}/cert.pem", "key_file": f"{scratch}/key.pem"}
    return [
        {"name": "csv", "type": "file", "path": f"{scratch}/flows.csv", **whole},
        {"name": "jsonl", "type": "file", "format": "jsonl", "path": f"{scratch}/flows.jsonl", "compress": "gzip", **whole},
        {"name": "file", "type": "file", "format": "ipfix", "profile": "full", "path": f"{scratch}/file.ipfix", **whole},
        {"name": "udp", "type": "ipfix", "profile": "full", "collectors": [at(peers["udp"])]},
        {"name": "tcp", "type": "ipfix", "profile": "full", "transport": "tcp", "collectors": [at(peers["tcp"])]},
        {"name": "tls", "type": "ipfix", "profile": "full", "transport": "tls", "tls": tls, "collectors": [at(peers["tls"])]},
        {"name": "log", "type": "syslog", "collectors": [at(peers["log"])]},
        {"name": "logs", "type": "syslog", "transport": "tcp", "collectors": [at(peers["logs"])]},
        {"name": "box", "type": "socket", "collectors": [f"unix:{scratch}/box"]},
        {"name": "tube", "type": "socket", "transport": "tcp", "collectors": [f"unix:{scratch}/tube"]},
        {"name": "some", "type": "file", "path": f"{scratch}/some.csv", "when": "protocol == 17", **whole},
    ]


class Run:
    def __init__(self, arguments, scratch):
        self.scratch = Path(scratch)
        self.findings = 0
        context = certificates(scratch)
        loopback = ("127.0.0.1", 0)
        self.peers = {
            "udp": Datagrams(socket.AF_INET, loopback),
            "log": Datagrams(socket.AF_INET, loopback),
            "box": Datagrams(socket.AF_UNIX, f"{scratch}/box"),
            "tcp": Stream(socket.AF_INET, loopback),
            "tls": Stream(socket.AF_INET, loopback, context),
            "logs": Stream(socket.AF_INET, loopback),
            "tube": Stream(socket.AF_UNIX, f"{scratch}/tube"),
        }
        configuration = {"version": 1, "flows": {"accounting_mode": 1}, "statistics": {"statistical_analysis": True},
                         "sinks": sinks_of(self.peers, scratch)}
        (self.scratch / "flowgauge.yaml").write_text(json.dumps(configuration))
        ended = subprocess.run(
            [arguments.flowgauge, "read", "--config", f"{scratch}/flowgauge.yaml", "--summary", f"{scratch}/summary.json",
             *arguments.captures], capture_output=True, text=True, timeout=300)
        self.check(ended.returncode == 0, f"status {ended.returncode}: {ended.stderr}")
        self.rows = list(csv.DictReader((self.scratch / "flows.csv").open(newline="")))
        self.check(len(self.rows) > 0, "no rows")

    def check(self, holds, what):
        if not holds:
            print(f"not so: {what}")
            self.findings += 1

    def compare_lines(self, name, lines):
        """Lines of JSON, whatever their order, by what CSV says of them."""
        got = sorted(json.loads(line)["flow_uid"] for line in lines)
        self.check(got == sorted(int(row["flow_uid"]) for row in self.rows), f"{name}: {len(got)} of {len(self.rows)} records")
        by_uid = {int(row["flow_uid"]): row for row in self.rows}
        for record in map(json.loads, lines):
            row = by_uid.get(record["flow_uid"], {})
            for column in ("src_ip", "dst_port", "bidirectional_bytes", "application_name", "end_reason"):
                self.check(str(record[column]) == row.get(column), f"{name}: {column} of {record['flow_uid']}")

    def check_lines(self):
        with gzip.open(self.scratch / "flows.jsonl.gz") as lines:
            self.compare_lines("jsonl", lines.read().splitlines())
        self.compare_lines("box", self.peers["box"].take())
        self.compare_lines("tube", self.peers["tube"].take().splitlines())
        log = self.peers["log"].take()
        self.check(all(entry.startswith(b"<134>1 ") for entry in log), "log: no syslog")
        self.compare_lines("log", [entry[entry.index(b"{"):] for entry in log])
        self.compare_lines("logs", [entry[entry.index(b"{"):] for entry in syslog_bodies(self.peers["logs"].take())])

    def check_filter(self):
        some = list(csv.DictReader((self.scratch / "some.csv").open(newline="")))
        wanted = [row for row in self.rows if row["protocol"] == "17"]
        self.check([row["flow_uid"] for row in some] == [row["flow_uid"] for row in wanted], "when: other rows")
        self.check([int(row["id"]) for row in some] == list(range(len(some))), "when: ids do not count from 0")

    def check_summary(self):
        summary = json.loads((self.scratch / "summary.json").read_text())
        for sink in summary["sinks"]:
            self.check(sink["written"] + sink["filtered"] == len(self.rows), f"summary: {sink}")
            self.check(sink["dropped"] == 0 and sink["spooled"] == 0, f"summary: {sink}")

    def check_ipfix(self, dictionaries):
        udp = self.peers["udp"].take()
        self.check(all(struct.unpack(">HH", message[:4]) == (10, len(message)) for message in udp), "udp: no whole messages")
        self.check(all(len(message) <= 1400 for message in udp), "udp: longer than 1400")
        (self.scratch / "udp.ipfix").write_bytes(b"".join(udp))
        for name in ("tcp", "tls"):
            (self.scratch / f"{name}.ipfix").write_bytes(self.peers[name].take())
        for name in ("file", "udp", "tcp", "tls"):
            export = Export(self.scratch / f"{name}.ipfix", self.scratch / "flows.csv", self.scratch, False, dictionaries)
            for judge in JUDGES:
                try:
                    for what in JUDGES[judge](export):
                        self.check(False, f"{name}: {what}")
                except Missing as missing:
                    print(f"skipped: {judge}: no {missing}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flowgauge", required=True)
    parser.add_argument("--dictionaries", required=True, type=Path)
    parser.add_argument("captures", nargs="+")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        run = Run(arguments, scratch)
        run.check_lines()
        run.check_filter()
        run.check_summary()
        run.check_ipfix(arguments.dictionaries)
    return 1 if run.findings else 0


if __name__ == "__main__":
    sys.exit(main())
