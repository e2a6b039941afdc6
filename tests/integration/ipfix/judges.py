"""Collectors of others. Each judge takes an Export and returns what it found wrong; [] means that it read every
flow right. A judge whose program is missing raises Missing."""
from __future__ import annotations

import csv
import datetime
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
import xml.etree.ElementTree
from pathlib import Path

from .flows import UNITS, compare, expected_flows, messages

UTC = {**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"}
KEY = ("source", "destination", "source_port", "destination_port", "protocol")
COUNTERS = ("octets", "packets", "flags", "vlan")


class Missing(Exception):
    """The program of a judge is not here."""


def program(name, *places):
    found = next((place for place in (shutil.which(name), *places) if place and os.path.exists(place)), None)
    if not found:
        raise Missing(name)
    return found


class Export:
    """What was exported: IPFIX file and CSV of the same flows, counted by accounting mode `ip`."""

    def __init__(self, ipfix, csv_file, scratch, split=False, dictionaries=None):
        self.ipfix, self.scratch, self.split = Path(ipfix), Path(scratch), split
        self.flows, self.unit = expected_flows(csv_file, split)
        self.dictionaries = dictionaries
        self.data = self.ipfix.read_bytes()

    def send(self, port):
        """All messages as datagrams, never more than the collector's socket holds."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.connect(("127.0.0.1", port))
            for number, message in enumerate(messages(self.data)):
                out.send(message)
                if number % 8 == 7:
                    wait_until(lambda: is_drained(port), "the collector does not read")
            wait_until(lambda: is_drained(port), "the collector does not read")


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def receive_queues(port):
    """Of the sockets with that UDP port, the bytes that wait in them."""
    lines_of_both = [line.split() for name in ("udp", "udp6")
                     for line in Path(f"/proc/net/{name}").read_text(encoding="ascii").splitlines()[1:]]
    return [int(words[4].split(":")[1], 16) for words in lines_of_both if words[1].endswith(f":{port:04X}")]


def is_bound(port):
    return bool(receive_queues(port))


def is_drained(port):
    """Whether all datagrams were taken out of the sockets; also when there is none any more."""
    return not any(receive_queues(port))


def wait_until(condition, what, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.02)


class Collector:
    """A collector that listens for datagrams. `with` ends it."""

    def __init__(self, command, port, log, **options):
        self.log = Path(log)
        with open(log, "wb") as out:
            self.process = subprocess.Popen(command, stdout=options.pop("stdout", out), stderr=out, env=UTC, **options)
        wait_until(lambda: is_bound(port) or self.process.poll() is not None, f"{command[0]} does not listen")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end(signal.SIGKILL)

    def end(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait(timeout=60)
        return self.log.read_text(encoding="utf-8", errors="replace")


def moment(text, formats=("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f")):
    """Milliseconds since 1970."""
    for form in formats:
        try:
            stamp = datetime.datetime.strptime(text[:26], form).replace(tzinfo=datetime.timezone.utc)
            return round(stamp.timestamp() * 1000)
        except ValueError:
            continue
    raise ValueError(text)


def check_sequence(export):
    """Own check: each message counts the data records before it. Needs no template: records are counted by libfixbuf."""
    sequence = [struct.unpack(">I", message[8:12])[0] for message in messages(export.data)]
    return [] if sequence[0] == 0 and sequence == sorted(sequence) else ["sequence numbers fall"]


# ipfixDump: all values, with types learned from RFC 5610 records or from the dictionary.

FIELD = re.compile(rb"\t\((?:(\d+)/)?(\d+)\)\s*(\S+) : ")


def dumped_text(output, at):
    """The value that begins at `at`: its length is said where it is a text, which may hold line ends."""
    known = re.compile(rb"\(len: (\d+)\) ").match(output, at)
    if known:
        end = known.end() + int(known[1])
        return output[known.end():end].decode("utf-8", "replace"), end
    end = output.find(b"\n", at)
    return output[at:end].decode("utf-8", "replace").strip(), end


def dumped_records(output):
    """Records as dictionaries by name; lists are under "lists", by the name of their element."""
    records = []
    at = 0
    mark = re.compile(rb"--- (?:data|options) record \d+ ---|\t\((?:\d+/)?\d+\)\s*\S+ : |count: (\d+)\s+semantic: \d+-(\S+)\s+ie: \S+ (\S+)\n")
    while found := mark.search(output, at):
        at = found.end()
        if found[0].startswith(b"---"):
            records.append({"lists": {}})
        elif found[0].startswith(b"count") and records:
            values = []
            for _ in range(int(found[1])):
                value, at = dumped_text(output, re.compile(rb"\n?\t+\d+\s*: ").match(output, at).end())
                values.append(value)
            records[-1]["lists"][found[3].decode()] = values
        elif records and (field := FIELD.match(found[0])):
            value, at = dumped_text(output, at)
            records[-1][field[3].decode()] = value
    return records


def ipfix_dump(export):
    found = check_sequence(export)
    for options in (["--rfc5610"], ["-e", str(export.dictionaries / "flowgauge.xml")]):
        run = subprocess.run([program("ipfixDump"), "-i", str(export.ipfix), "-d", *options], capture_output=True,
                             env=UTC, timeout=300, check=False)
        if run.returncode != 0 or run.stderr:
            found.append(f"ipfixDump {options[0]}: {run.returncode} {run.stderr[:400]}")
        got = [dumped_flow(record) for record in dumped_records(run.stdout) if "flowId" in record]
        times = () if export.unit != "ms" else ("first", "last")
        reverse = () if export.split else ("reverse_octets", "reverse_packets", "reverse_flags")
        texts = ("application", "category", "server", "agent") if has_texts(got) else ()
        exact = [*KEY, *COUNTERS, "uid", *times, *reverse, *texts]
        exact += ["extension"] if options == ["--rfc5610"] else []  # no dictionary has them
        expected = [dict(flow) for flow in export.flows]
        if got and got[0]["sizes"] is not None and not export.split:
            found += [f"ipfixDump {options[0]}: {what}" for what in compare_sequences(export, got)]
        if got and got[0]["mean_ps"] is not None and not export.split:
            for flow in (*expected, *got):  # it prints eight digits
                flow["mean_ps"] = f"{flow['mean_ps']:.6g}"
                flow["reverse_mean_ps"] = f"{flow['reverse_mean_ps'] or 0:.6g}"
            exact += ["mean_ps", "reverse_mean_ps"]
        found += [f"ipfixDump {options[0]}: {what}" for what in compare(expected, got, exact)]
    return found


def compare_sequences(export, got):
    """Early sequences: whole, but for those that had to make room for texts in a small message."""
    whole = {flow["uid"]: flow["sizes"] for flow in export.flows}
    cut = [flow for flow in got if flow["sizes"] != whole[flow["uid"]]]
    wrong = [flow for flow in cut if flow["sizes"] != whole[flow["uid"]][:len(flow["sizes"])]]
    largest = max(len(message) for message in messages(export.data))
    if wrong or len(cut) > (len(got) // 4 if largest <= 1400 else 0):
        return [f"early sequences: {len(cut)} cut, {len(wrong)} wrong: {[flow['sizes'] for flow in wrong[:2]]}"]
    return []


def has_texts(flows):
    return bool(flows) and flows[0]["server"] is not None


def address(text):
    """libfixbuf writes 2001:0db8::0001."""
    return socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, text)) if ":" in text else text


def dumped_flow(record):
    def number(name):
        return int(record.get(name, 0))

    def real(name):
        return float(record[name]) if name in record else None

    def numbers(name):
        return [int(value) for value in record["lists"][name]]

    start = next(name for name in record if name.startswith("flowStart"))
    end = start.replace("Start", "End")
    in_ms = start.endswith("Milliseconds")
    return {
        "source": address(record.get("sourceIPv4Address") or record["sourceIPv6Address"]),
        "destination": address(record.get("destinationIPv4Address") or record["destinationIPv6Address"]),
        "source_port": number("sourceTransportPort"), "destination_port": number("destinationTransportPort"),
        "protocol": number("protocolIdentifier"), "vlan": number("vlanId"), "uid": number("flowId"),
        "octets": number("octetDeltaCount"), "packets": number("packetDeltaCount"), "flags": number("tcpControlBits"),
        "reverse_octets": number("reverseOctetDeltaCount"), "reverse_packets": number("reversePacketDeltaCount"),
        "reverse_flags": number("reverseTcpControlBits"),
        "first": moment(record[start]) if in_ms else None, "last": moment(record[end]) if in_ms else None,
        "application": record.get("applicationName"), "category": record.get("applicationCategoryName"),
        "server": record.get("fgServerName"), "agent": record.get("httpUserAgent"),
        "mean_ps": real("fgMeanPs"), "reverse_mean_ps": real("reverseFgMeanPs"),
        "sizes": numbers("fgSpltPs") if "fgSpltPs" in record["lists"] else None,
        "extension": None if "udps_fake_count" not in record else (
            number("udps_fake_count"), number("udps_fake_change"), f"{real('udps_fake_ratio'):.6g}",
            record["udps_fake_word"], numbers("udps_fake_steps"), record["lists"]["udps_fake_words"]),
    }


# tshark: whether anything is malformed, and what it names.


def packed(export):
    """The messages as a capture of datagrams."""
    path = export.scratch / "messages.pcap"
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))  # raw IP
        for number, message in enumerate(messages(export.data)):
            datagram = struct.pack(">HHHH", 20550, 4739, 8 + len(message), 0) + message
            local = b"\x7f\0\0\1"
            whole = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(datagram), number & 0xffff, 0, 64, 17, 0, local,
                                local) + datagram
            out.write(struct.pack("<IIII", 1700000000, number, len(whole), len(whole)) + whole)
    return path


def shark_flow(element):
    """The fields of a flow; in a biflow reverse ones come first and say so."""
    flow, forward = {}, {"vlan": 0}
    names = {"cflow.srcaddr": "source", "cflow.srcaddrv6": "source", "cflow.dstaddr": "destination",
             "cflow.dstaddrv6": "destination", "cflow.srcport": "source_port", "cflow.dstport": "destination_port",
             "cflow.protocol": "protocol", "cflow.octets": "octets", "cflow.packets": "packets",
             "cflow.octets64": "octets", "cflow.packets64": "packets", "cflow.tcpflags": "flags",
             "cflow.vlanid": "vlan", "cflow.flow_id": "uid", "cflow.appl_name": "application",
             "cflow.application_category_name": "category"}
    for field in element.iter("field"):
        name = names.get(field.get("name"))
        if name:
            value = field.get("show")
            is_reverse = "(Reverse" in (field.get("showname") or "")
            value = int(value, 0) if name not in ("source", "destination", "application", "category") else value
            (flow if is_reverse else forward)[f"reverse_{name}" if is_reverse else name] = value
        elif field.get("name") == "cflow.timedelta":  # the forward one comes last
            for part in field.iter("field"):
                moment_name = {"cflow.abstimestart": "first", "cflow.abstimeend": "last"}.get(part.get("name"))
                if moment_name:
                    text = re.sub(r" UTC$", "", part.get("show"))
                    forward[moment_name] = moment(text[:-3], ("%b %d, %Y %H:%M:%S.%f",))
    reverse = {"reverse_octets": 0, "reverse_packets": 0, "reverse_flags": 0}
    return {**reverse, **flow, **forward}


def tshark(export):
    # A template of the full profile has more fields than the 60 that tshark allows unless it is told otherwise.
    command = [program("tshark"), "-r", str(packed(export)), "-d", "udp.port==4739,cflow", "-o",
               "cflow.max_template_fields:0"]
    malformed = subprocess.run([*command, "-Y", "_ws.malformed || _ws.expert.group == \"Malformed\""],
                               capture_output=True, text=True, env=UTC, timeout=300, check=False)
    found = [f"tshark: malformed: {line}" for line in malformed.stdout.splitlines()[:5]]
    if malformed.returncode != 0:
        found.append(f"tshark: {malformed.stderr[:400]}")
    pdml = export.scratch / "messages.pdml"
    with open(pdml, "wb") as out:
        subprocess.run([*command, "-T", "pdml"], stdout=out, stderr=subprocess.DEVNULL, env=UTC, timeout=300,
                       check=True)
    got = []
    for _, element in xml.etree.ElementTree.iterparse(pdml):
        if element.tag == "field" and (element.get("show") or "").startswith("Flow ") and not element.get("name"):
            if any(field.get("name") == "cflow.flow_id" for field in element.iter("field")):
                got.append(shark_flow(element))
        if element.tag == "packet":
            element.clear()
    reverse = () if export.split else ("reverse_octets", "reverse_packets", "reverse_flags")
    names = ("application", "category") if got and "application" in got[0] else ()
    times = ("first", "last") if export.unit == "ms" else ()
    return found + [f"tshark: {what}" for what in
                    compare(export.flows, got, (*KEY, *COUNTERS, "uid", *times, *reverse, *names))]


# nfcapd and nfdump.


def nfdump(export):
    folder = export.scratch / "nfcapd"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    port = free_port()
    command = [program("nfcapd"), "-t", "3600", "-w", str(folder), "-b", "127.0.0.1", "-p", str(port), "-B", "4000000"]
    with Collector(command, port, export.scratch / "nfcapd.log") as collector:
        export.send(port)
        log = collector.end()
    found = [f"nfcapd: {line}" for line in log.splitlines()
             if re.search(r"error[: ]|ERROR|extra bytes|invalid", line, re.I) and "Sequence Errors: 0" not in line]
    if "Sequence Errors: 0, Bad Packets: 0" not in log:
        found.append(f"nfcapd: {log[-400:]}")
    file = next(path for path in sorted(folder.iterdir()) if path.name.startswith("nfcapd.2"))
    run = subprocess.run([program("nfdump"), "-r", str(file), "-o", "json"], capture_output=True, text=True, env=UTC,
                         timeout=120, check=True)
    got = [nfdump_flow(flow) for flow in json.loads(run.stdout) if flow.get("type") == "FLOW"]
    macs = ("source_mac", "destination_mac") if any(flow["source_mac"] for flow in got) else ()
    reverse = () if export.split else ("reverse_octets", "reverse_packets")
    times = ("first", "last") if export.unit == "ms" else ()  # it knows no others, and shows 1970
    return found + [f"nfdump: {what}" for what in
                    compare(export.flows, got, (*KEY, *COUNTERS, *times, *reverse, *macs))]


def nfdump_flow(flow):
    flags = sum(1 << bit for bit, letter in enumerate("FSRPAUEC") if letter in flow.get("tcp_flags", ""))
    # ICMP: the port is the type and code, which we do not export.
    return {"source": flow.get("src4_addr") or flow.get("src6_addr"),
            "destination": flow.get("dst4_addr") or flow.get("dst6_addr"),
            "source_port": flow.get("src_port", 0), "destination_port": flow.get("dst_port", 0),
            "protocol": flow["proto"], "octets": flow["in_bytes"], "packets": flow["in_packets"],
            "reverse_octets": flow.get("out_bytes", 0), "reverse_packets": flow.get("out_packets", 0),
            "flags": flags, "vlan": flow.get("src_vlan", 0), "first": moment(flow["first"]),
            "last": moment(flow["last"]), "source_mac": flow.get("in_src_mac"), "destination_mac": flow.get("in_dst_mac")}


# nfacctd of pmacct.

NFACCTD = """daemonize: false
nfacctd_ip: 127.0.0.1
nfacctd_port: {port}
nfacctd_time_new: false
nfacctd_templates_file: {scratch}/nfacctd-templates.json
nfacctd_pipe_size: 4000000
plugins: print[a]
aggregate[a]: src_host, dst_host, src_port, dst_port, proto, tcpflags, src_mac, dst_mac, vlan, timestamp_start, timestamp_end, flowId{more}
aggregate_primitives: {primitives}
print_output[a]: json
print_output_file[a]: {scratch}/nfacctd.json
print_output_file_append[a]: true
print_refresh_time[a]: 1
print_history: 1h
timestamps_rfc3339: true
timestamps_since_epoch: false
"""


def nfacctd(export):
    output = export.scratch / "nfacctd.json"
    for old in (output, export.scratch / "nfacctd-templates.json"):
        old.unlink(missing_ok=True)
    port = free_port()
    # Enterprise texts are left out: in 1.7.7 they are empty or cost the plugin's buffer.
    more = "" if export.split else ", reverseOctetDeltaCount, reversePacketDeltaCount"
    configuration = export.scratch / "nfacctd.conf"
    primitives = export.dictionaries / "pmacct-primitives.lst"
    configuration.write_text(NFACCTD.format(port=port, scratch=export.scratch, primitives=primitives, more=more),
                             encoding="utf-8")
    with Collector([program("nfacctd"), "-f", str(configuration)], port, export.scratch / "nfacctd.log",
                   start_new_session=True) as collector:
        wait_until(lambda: b"JSON: setting object handlers" in collector.log.read_bytes(), "nfacctd has no plugin")
        export.send(port)
        wait_until(lambda: output.exists() and (lines(output) >= len(export.flows) or settled(output)),
                   "nfacctd writes nothing")
        log = collector.end(signal.SIGINT)
    found = [f"nfacctd: {line}" for line in log.splitlines() if re.search(r"malformed|discarded|missing data", line)]
    with open(output, encoding="utf-8") as file:
        got = [nfacctd_flow(json.loads(line)) for line in file if line.startswith("{")]
    reverse = () if export.split else ("reverse_octets", "reverse_packets")
    times = ("first", "last") if export.unit == "ms" else ()  # it knows no others
    return found + [f"nfacctd: {what}" for what in compare(export.flows, got, (*KEY, *COUNTERS, "uid", *times, *reverse))]


def lines(path):
    return path.read_bytes().count(b"\n")


def settled(path, seconds=5):
    """Whether a file has stopped growing; the plugin writes what it has each second."""
    return time.time() - path.stat().st_mtime > seconds


def nfacctd_moment(text):
    return None if text.startswith("0000") else moment(text.rstrip("Z"))


def nfacctd_flow(flow):
    return {"source": flow["ip_src"], "destination": flow["ip_dst"], "source_port": int(flow["port_src"]),
            "destination_port": int(flow["port_dst"]),
            "protocol": {"tcp": 6, "udp": 17, "icmp": 1, "ipv6-icmp": 58}.get(flow["ip_proto"], flow["ip_proto"]),
            "octets": flow["bytes"], "packets": flow["packets"], "flags": int(flow["tcp_flags"]),
            "vlan": int(flow["vlan"]), "uid": int(flow["flowid"]), "first": nfacctd_moment(flow["timestamp_start"]),
            "last": nfacctd_moment(flow["timestamp_end"]),
            "reverse_octets": int(flow.get("reverseoctetdeltacount", 0)),
            "reverse_packets": int(flow.get("reversepacketdeltacount", 0))}


# python-ipfix, by Debian's Python.

READER = r"""
import csv, sys, ipfix.ie, ipfix.reader
ipfix.ie.use_iana_default(); ipfix.ie.use_5103_default(); ipfix.ie.use_specfile(sys.argv[2])
out = csv.writer(sys.stdout)
names = sys.argv[3:]
with open(sys.argv[1], "rb") as file:
    for record in ipfix.reader.from_stream(file).namedict_iterator():
        if "flowId" in record:
            out.writerow([record.get(name, "") for name in names])
"""


def python_ipfix(export):
    python = "/usr/bin/python3"
    if subprocess.run([python, "-c", "import ipfix"], capture_output=True, check=False).returncode != 0:
        raise Missing("python3-ipfix")
    names = ["sourceIPv4Address", "sourceIPv6Address", "destinationIPv4Address", "destinationIPv6Address",
             "sourceTransportPort", "destinationTransportPort", "protocolIdentifier", "octetDeltaCount",
             "packetDeltaCount", "tcpControlBits", "vlanId", "flowId", "reverseOctetDeltaCount",
             "reversePacketDeltaCount", "reverseTcpControlBits", "applicationName", "fgServerName", "fgMeanPs",
             "reverseFgMeanPs"]
    run = subprocess.run([python, "-c", READER, str(export.ipfix), str(export.dictionaries / "flowgauge.iespec"),
                          *names], capture_output=True, text=True, env=UTC, timeout=300, check=False)
    if run.returncode != 0:
        return [f"python-ipfix: {run.stderr[-600:]}"]
    got = []
    for row in csv.reader(run.stdout.splitlines(keepends=True)):
        value = dict(zip(names, row))
        got.append({"source": value[names[0]] or value[names[1]], "destination": value[names[2]] or value[names[3]],
                    "source_port": int(value["sourceTransportPort"]),
                    "destination_port": int(value["destinationTransportPort"]),
                    "protocol": int(value["protocolIdentifier"]), "octets": int(value["octetDeltaCount"]),
                    "packets": int(value["packetDeltaCount"]), "flags": int(value["tcpControlBits"]),
                    "vlan": int(value["vlanId"]), "uid": int(value["flowId"]),
                    "reverse_octets": int(value["reverseOctetDeltaCount"] or 0),
                    "reverse_packets": int(value["reversePacketDeltaCount"] or 0),
                    "reverse_flags": int(value["reverseTcpControlBits"] or 0), "application": value["applicationName"],
                    "server": value["fgServerName"],
                    "mean_ps": float(value["fgMeanPs"] or 0), "reverse_mean_ps": float(value["reverseFgMeanPs"] or 0)})
    reverse = () if export.split else ("reverse_octets", "reverse_packets", "reverse_flags")
    names = tuple(name for name in ("application", "server") if any(flow[name] for flow in got))
    own = ("mean_ps",) + (() if export.split else ("reverse_mean_ps",)) if got and got[0]["mean_ps"] else ()
    fields = (*KEY, *COUNTERS, "uid", *reverse, *names, *own)  # it does not know 460, 468 and 469
    return [f"python-ipfix: {what}" for what in compare(export.flows, got, fields)]


# goflow2, which has no reverse elements.


def goflow2(export):
    cache = os.environ.get("FLOWGAUGE_CACHE", "/var/cache/flowgauge-tests")
    binary = program("goflow2", os.environ.get("FLOWGAUGE_GOFLOW2", ""), f"{cache}/bin/goflow2")
    if not export.split:
        return []
    port, metrics = free_port(), free_port()
    output = export.scratch / "goflow2.json"
    with open(output, "wb") as out, Collector(
            [binary, "-listen", f"netflow://127.0.0.1:{port}?count=1&workers=1", "-format", "json", "-addr",
             f"127.0.0.1:{metrics}", "-mapping", str(export.dictionaries / "goflow2-mapping.yaml")],
            port, export.scratch / "goflow2.log", stdout=out) as collector:
        export.send(port)
        wait_until(lambda: settled(output, 2), "goflow2 goes on writing")
        log = collector.end()
    found = [f"goflow2: {line}" for line in log.splitlines() if "level=ERROR" in line and "template not found" not in line]
    with open(output, encoding="utf-8") as file:
        got = [goflow2_flow(json.loads(line)) for line in file if line.startswith("{")]
    got = [flow for flow in got if flow["source"]]
    scale = UNITS[export.unit]
    expected = [{**flow, "first": flow["first"] * 1000000 // scale, "last": flow["last"] * 1000000 // scale}
                for flow in export.flows]
    if export.unit == "us":  # it reads the fraction as nanoseconds, without cutting it to whole microseconds
        for flow in got:
            flow["first"], flow["last"] = flow["first"] // 1000 * 1000, flow["last"] // 1000 * 1000
    names = ("application", "server") if got and got[0]["server"] is not None else ()
    return found + [f"goflow2: {what}" for what in
                    compare(expected, got, (*KEY, "octets", "packets", "flags", "first", "last", "uid", *names))]


def goflow2_flow(flow):
    numbers = {"TCP": 6, "UDP": 17, "ICMP": 1, "IPv6-ICMP": 58}
    return {"source": flow["src_addr"], "destination": flow["dst_addr"], "source_port": flow["src_port"],
            "destination_port": flow["dst_port"], "protocol": numbers.get(flow["proto"], flow["proto"]),
            "octets": flow["bytes"], "packets": flow["packets"], "flags": flow["tcp_flags"],
            "first": flow["time_flow_start_ns"], "last": flow["time_flow_end_ns"], "uid": flow.get("flow_id"),
            "application": text_of(flow.get("application_name", "")), "server": text_of(flow.get("fg_server_name"))}


def text_of(digits):
    return None if digits is None else bytes.fromhex(digits).decode("utf-8")


JUDGES = {"ipfixDump": ipfix_dump, "tshark": tshark, "nfdump": nfdump, "nfacctd": nfacctd,
          "python-ipfix": python_ipfix, "goflow2": goflow2}
