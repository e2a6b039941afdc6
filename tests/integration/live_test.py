#!/usr/bin/env python3
"""Tests `flowgauge run` on veth pairs between namespaces of its own.

Two laws hold in every case:
    sent = packets in flows + packets rejected + packets dropped by the kernel
    the rows of a replayed capture = the rows of `flowgauge read` of its file (but for times)

Nothing leaves the namespaces. Exit status: 0 all cases hold, 1 some do not, 77 no rights to try.
"""
import argparse
import collections
import concurrent.futures
import csv
import hashlib
import itertools
import json
import os
import queue
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback

SKIPPED = 77
RATE = 20000  # packets a second; the kernel may drop nothing at this pace
READY_SECONDS = 60
DELIVERY_SECONDS = 30
EXIT_SECONDS = 60
LOOK_EVERY = 0.005
TRIES = 3  # of a case that finds late packets
RING = "16MiB"
DAY = 86400
OWN_PACE_SECONDS = 30
SENDABLE_FRAMES = 20000
PREFIX = "fglive-"  # of our namespaces; the process id follows


class Failure(Exception):
    """What a case found, for people."""


class LatePackets(Failure):
    """Rows differ where packets came too late from another worker: they may be ordered otherwise,
    and are counted. Worth another try; three such tries are a failure."""


class Stopped(Exception):
    """A signal asked us to end."""


def expect(condition, text):
    if not condition:
        raise Failure(text)


def wait_for(what, seconds, look):
    """The first true answer of look(), or a Failure when the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        answer = look()
        if answer:
            return answer
        if STOP.is_set():
            raise Stopped()
        if time.monotonic() > deadline:
            raise Failure(f"not within {seconds} s: {what}")
        time.sleep(LOOK_EVERY)


# ---------------------------------------------------------------------------- processes

STOP = threading.Event()
PROCESSES_LOCK = threading.Lock()
PROCESSES = set()


def start(command, **options):
    """A child that is killed at the end, whatever happens."""
    with PROCESSES_LOCK:
        if STOP.is_set():
            raise Stopped()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, **options)
        PROCESSES.add(child)
    return child


def end(child):
    if child.poll() is None:
        child.kill()
    child.wait()
    with PROCESSES_LOCK:
        PROCESSES.discard(child)


def end_all():
    STOP.set()
    with PROCESSES_LOCK:
        children = list(PROCESSES)
    for child in children:
        end(child)


def run(command, check=True):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=180)
    if check and done.returncode != 0:
        raise Failure(f"{' '.join(command)}: status {done.returncode}: {done.stderr.strip()}")
    return done


# ---------------------------------------------------------------------------- the network


class Bed:
    """A sending and a receiving namespace, joined by the pairs g0-c0 and g1-c1."""

    _numbers = itertools.count()

    def __init__(self):
        number = next(Bed._numbers)
        self.sending = f"{PREFIX}{os.getpid()}-{number}s"
        self.receiving = f"{PREFIX}{os.getpid()}-{number}r"
        self.made = []
        try:
            for name in (self.sending, self.receiving):
                run(["ip", "netns", "add", name])
                self.made.append(name)
                # No foreign frames: no neighbour discovery here, no ARP on the links below.
                self.inside(name, ["sh", "-c", "for i in all default; do f=/proc/sys/net/ipv6/conf/"
                                   "$i/disable_ipv6; [ ! -e $f ] || echo 1 > $f; done"])
            for index in (0, 1):
                self.add_pair(index)
        except BaseException:
            self.close()
            raise

    @staticmethod
    def inside(name, command):
        return run(["ip", "netns", "exec", name, *command])

    def add_pair(self, index):
        sender, receiver = f"g{index}", f"c{index}"
        run(["ip", "-n", self.sending, "link", "add", sender, "type", "veth", "peer", "name",
             receiver, "netns", self.receiving])
        ends = ((self.receiving, receiver), (self.sending, sender))
        for name, interface in ends:
            run(["ip", "-n", name, "link", "set", interface, "arp", "off", "mtu", "1500"])
            self.offloads_off(name, interface)
        for name, interface in ends:
            run(["ip", "-n", name, "link", "set", interface, "up"])
        wait_for(f"carrier on {receiver}", 10, lambda: self.is_up(receiver))

    @staticmethod
    def offloads_off(name, interface):
        if shutil.which("ethtool"):
            run(["ip", "netns", "exec", name, "ethtool", "-K", interface, "tx", "off", "gso", "off",
                 "tso", "off", "gro", "off"], check=False)
        else:
            run(["ip", "-n", name, "link", "set", interface, "gso_max_size", "1500"], check=False)

    def is_up(self, interface):
        return self.link(self.receiving, interface).get("operstate") == "UP"

    @staticmethod
    def link(name, interface):
        answer = run(["ip", "-n", name, "-j", "-s", "link", "show", interface])
        return json.loads(answer.stdout)[0]

    def received(self, interface):
        return self.link(self.receiving, interface)["stats64"]["rx"]["packets"]

    def lost_on_the_way(self, interface):
        return self.link(self.sending, "g" + interface[1:])["stats64"]["tx"]["dropped"]

    def close(self):
        for name in self.made:
            run(["ip", "netns", "del", name], check=False)
        self.made = []


def kernel_queues_empty():
    """Whether each CPU has, at one moment, no packet between device and packet socket."""
    with open("/proc/net/softnet_stat", encoding="ascii") as file:
        lines = [line.split() for line in file]
    return all(len(line) <= 11 or int(line[11], 16) == 0 for line in lines)


def remove_stale_namespaces():
    for line in run(["ip", "netns", "list"], check=False).stdout.splitlines():
        name = line.split()[0] if line.split() else ""
        found = re.fullmatch(re.escape(PREFIX) + r"(\d+)-\d+[sr]", name)
        if found and not os.path.exists(f"/proc/{found.group(1)}"):
            run(["ip", "netns", "del", name], check=False)


def skip_reason():
    rights = "root with CAP_SYS_ADMIN, CAP_NET_ADMIN and CAP_NET_RAW"
    if os.geteuid() != 0:
        return f"not root: the live tests need {rights} for namespaces and packet sockets"
    if not shutil.which("ip"):
        return "no program `ip` (iproute2) to make network namespaces with"
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except OSError as error:
        return f"no packet socket ({error}): CAP_NET_RAW is missing; the tests need {rights}"
    name = f"{PREFIX}{os.getpid()}-0s"
    done = run(["ip", "netns", "add", name], check=False)
    if done.returncode != 0:
        return (f"no network namespace ({done.stderr.strip()}): CAP_SYS_ADMIN is missing; "
                f"the tests need {rights}")
    done = run(["ip", "-n", name, "link", "add", "g0", "type", "veth", "peer", "name", "c0"],
               check=False)
    run(["ip", "netns", "del", name], check=False)
    if done.returncode != 0:
        return (f"no veth pair ({done.stderr.strip()}): CAP_NET_ADMIN or the veth module is "
                f"missing; the tests need {rights}")
    return None


# ---------------------------------------------------------------------------- flowgauge

STATISTICS = ["--statistical-analysis", "true", "--splt-analysis", "10"]
FLOWS_OF_A_DAY = [*STATISTICS, "--n-dissections", "20",
                  "--idle-timeout", str(DAY), "--active-timeout", str(DAY)]
# For captures whose own times span more than a day.
FLOWS_OF_30_YEARS = [*STATISTICS, "--n-dissections", "20",
                     "--idle-timeout", "1000000000", "--active-timeout", "1000000000"]
DEFAULT_FLOWS = [*STATISTICS, "--n-dissections", "20"]

# Not of the packets but of the run: who wrote the row, when, and why then.
OF_THE_RUN = re.compile(r"id|flow_uid|end_reason|.*_(seen|duration|piat)_(ms|us|ns)|.*_piat_.*")
# nDPI's caches make these depend on what came before: for information.
DISSECTION = re.compile(r"application_.*|requested_server_name|.*_fingerprint|user_agent|"
                        r"content_type|alpn|tls_version|ja4|risks")
KEY = ("src_ip", "src_port", "dst_ip", "dst_port", "protocol", "vlan_id", "tunnel_id")

SIGNALS = itertools.cycle((signal.SIGINT, signal.SIGTERM))


class Rows:
    """The rows of one output as multisets."""

    def __init__(self, text):
        self.rows = list(csv.DictReader(text.splitlines()))
        self.plain = collections.Counter()
        self.dissected = collections.Counter()
        for row in self.rows:
            kept = [(k, v) for k, v in row.items() if not OF_THE_RUN.fullmatch(k)]
            self.plain[tuple(i for i in kept if not DISSECTION.fullmatch(i[0]))] += 1
            self.dissected[tuple(kept)] += 1

    def __len__(self):
        return len(self.rows)

    def total(self, column):
        return sum(int(row[column]) for row in self.rows)

    def plus(self, other):
        both = Rows("")
        both.rows = self.rows + other.rows
        both.plain = self.plain + other.plain
        both.dissected = self.dissected + other.dissected
        return both

    def share_dissected_as(self, other):
        both = sum((self.dissected & other.dissected).values())
        return both, max(len(self), len(other))


def expect_rows(wanted, found, summary, wanted_reasons=None):
    """The same rows, and if given the same reasons for what is in none."""
    problems = difference(wanted, found)
    if wanted_reasons is not None:
        reasons = without_waiting(summary["packets_rejected"])
        if reasons != without_waiting(wanted_reasons):
            problems += f"\npackets_rejected {without_waiting(wanted_reasons)} wanted, " \
                        f"{reasons} found"
    if problems:
        late = summary["late_packets"]
        raise (LatePackets if late else Failure)(f"{problems}\n({late} late packets)")


def describe(row):
    return "{0[src_ip]}:{0[src_port]} > {0[dst_ip]}:{0[dst_port]} protocol {0[protocol]} " \
           "vlan {0[vlan_id]} tunnel {0[tunnel_id]}".format(row)


def difference(wanted, found, limit=6):
    """A text on two multisets of rows, empty when they are equal."""
    missing = [dict(row) for row in (wanted.plain - found.plain).elements()]
    extra = [dict(row) for row in (found.plain - wanted.plain).elements()]
    if not missing and not extra:
        return ""
    lines = [f"{len(wanted)} rows wanted, {len(found)} found; {len(missing)} missing, "
             f"{len(extra)} not wanted:"]
    for row in missing[:limit]:
        key = [row[name] for name in KEY]
        same = next((other for other in extra if [other[name] for name in KEY] == key), None)
        if same is None:
            lines.append(f"  missing  {describe(row)}: {row['src2dst_packets']} + "
                         f"{row['dst2src_packets']} packets, {row['bidirectional_bytes']} bytes")
            continue
        extra.remove(same)
        columns = [f"{name} {row[name]} wanted, {same[name]} found"
                   for name in row if row[name] != same[name]]
        lines.append(f"  differs  {describe(row)}: " + "; ".join(columns[:5]))
    for row in extra[:limit]:
        lines.append(f"  too many {describe(row)}: {row['src2dst_packets']} + "
                     f"{row['dst2src_packets']} packets, {row['bidirectional_bytes']} bytes")
    return "\n".join(lines)


def without_waiting(rejected):
    """Reasons with those two as one that only tell when a datagram was given up."""
    counts = collections.Counter(rejected)
    given_up = counts.pop("fragment_timeout", 0) + counts.pop("fragment_end_of_input", 0)
    if given_up:
        counts["fragment_timeout or fragment_end_of_input"] = given_up
    return dict(counts)


class Run:
    """One `flowgauge run` in the receiving namespace."""

    def __init__(self, bed, options, interfaces=("c0",), program=None, wait=True):
        self.bed = bed
        self.folder = tempfile.mkdtemp(dir=ARGUMENTS.folder)
        self.interfaces = interfaces
        command = ["ip", "netns", "exec", bed.receiving]
        command += program or [ARGUMENTS.flowgauge]
        command += ["run", *(word for name in interfaces for word in ("-i", name)),
                    "--socket-buffer-size", RING, "--output", self.path("rows.csv"),
                    "--summary", self.path("summary.json"), *options]
        self.before = {name: self.counters(name) for name in interfaces if name != "lo" and wait}
        with open(self.path("messages"), "wb") as messages:
            self.process = start(command, stdout=messages, stderr=messages)
        if wait:
            wait_for("flowgauge: ready", READY_SECONDS, self.is_ready)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self.process)

    def counters(self, interface):
        return (self.bed.received(interface), self.bed.lost_on_the_way(interface))

    def path(self, name):
        return os.path.join(self.folder, name)

    def text(self, name):
        try:
            with open(self.path(name), encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def messages(self):
        return self.text("messages")

    def is_ready(self):
        if "flowgauge: ready" in self.messages():
            return True
        expect(self.process.poll() is None,
               f"ended with status {self.process.returncode} before it was ready:\n"
               f"{self.messages()}")
        return False

    def reports(self):
        return [json.loads(line) for line in self.messages().splitlines()
                if line.startswith("{") and line.endswith("}")]

    def rows(self):
        return Rows(self.text("rows.csv"))

    def wait_delivered(self, sent, interface="c0"):
        """Until the kernel has given every frame to the packet sockets."""
        received, lost = self.before[interface]
        try:
            wait_for("delivery", DELIVERY_SECONDS,
                     lambda: self.bed.received(interface) >= received + sent)
        except Failure:
            raise Failure(
                f"the network lost frames: {sent} sent, "
                f"{self.bed.received(interface) - received} came, "
                f"{self.bed.lost_on_the_way(interface) - lost} dropped by the veth pair") from None
        wait_for("empty queues of the kernel", DELIVERY_SECONDS, kernel_queues_empty)

    def wait_exit(self, status=0):
        try:
            self.process.wait(EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            raise Failure(f"did not end within {EXIT_SECONDS} s\n{self.messages()}") from None
        expect(self.process.returncode == status,
               f"status {self.process.returncode}, not {status}:\n{self.messages()}")

    def stop(self, status=0, number=None):
        """Asks it to stop; returns the rows and the summary, which agree with each other."""
        chosen = next(SIGNALS) if number is None else number
        self.process.send_signal(chosen)
        self.wait_exit(status)
        return self.results()

    def results(self):
        summary = json.loads(self.text("summary.json"))
        rows = self.rows()
        rejected = sum(summary["packets_rejected"].values())
        expect(summary["packets_read"] == summary["packets_in_flows"] + rejected,
               f"packets_read is not packets_in_flows + packets_rejected: {summary}")
        expect(summary["flows_created"] == sum(summary["flows_expired"].values()),
               f"flows_created is not flows_expired after the end: {summary}")
        expect(summary["flows"] == len(rows), f"{len(rows)} rows, but {summary}")
        expect(summary["records_dropped"] == 0, f"records dropped on the way out: {summary}")
        expect(rows.total("bidirectional_packets") + summary["packets_in_flows_discarded"]
               == summary["packets_in_flows"],
               f"the rows have {rows.total('bidirectional_packets')} packets: {summary}")
        return rows, summary


def expect_all(sent, summary):
    rejected = sum(summary["packets_rejected"].values())
    dropped = summary["capture_dropped_packets"]
    expect(sent == summary["packets_in_flows"] + rejected + dropped,
           f"{sent} sent, but {summary['packets_in_flows']} in flows + {rejected} rejected + "
           f"{dropped} dropped by the kernel = "
           f"{summary['packets_in_flows'] + rejected + dropped}: {summary}")
    expect(dropped == 0, f"the kernel dropped {dropped} packets at a paced rate")


def play(bed, files, pace=("--rate", str(RATE)), interface="g0", wait=True):
    """Sends whole captures. Returns the number of frames, or the process when not waiting."""
    command = ["ip", "netns", "exec", bed.sending, ARGUMENTS.player, interface, *files, *pace]
    player = start(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if not wait:
        return player
    return sent_by(player)


def sent_by(player):
    try:
        output, errors = player.communicate(timeout=150)
    finally:
        end(player)
    expect(player.returncode == 0, f"frame_player: status {player.returncode}: {errors}{output}")
    return json.loads(output)["sent"]


READ_LOCK = threading.Lock()
READ_RESULTS = {}


def read(path, options):
    """Rows and summary of `flowgauge read`, made once."""
    key = (path, tuple(options))
    with READ_LOCK:
        found = READ_RESULTS.get(key)
    if found is None:
        folder = tempfile.mkdtemp(dir=ARGUMENTS.folder)
        rows, summary = (os.path.join(folder, name) for name in ("rows.csv", "summary.json"))
        run([ARGUMENTS.flowgauge, "read", path, *options, "--workers", "1", "--output", rows,
             "--summary", summary])
        with open(rows, encoding="utf-8") as rows_file, open(summary, encoding="utf-8") as file:
            found = (Rows(rows_file.read()), json.load(file))
        with READ_LOCK:
            READ_RESULTS[key] = found
    return found


# ---------------------------------------------------------------------------- packets


def checksum(header):
    total = sum(struct.unpack(f"!{len(header) // 2}H", header))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def address(text):
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    return socket.inet_pton(family, text)


def ethernet(payload, ether_type=None, tags=(), reverse=False):
    """`tags` from the outside in: (tpid, pcp, vlan id). The type is the payload's, if it is IP."""
    if ether_type is None:
        ether_type = 0x86dd if payload[0] >> 4 == 6 else 0x0800
    ends = [bytes.fromhex("020000000001"), bytes.fromhex("020000000002")]
    frame = b"".join(reversed(ends) if reverse else ends)
    for tpid, priority, vlan in tags:
        frame += struct.pack("!HH", tpid, priority << 13 | vlan)
    return frame + struct.pack("!H", ether_type) + payload


def ipv4(source, destination, protocol, payload, identification=0, offset=0, more=False):
    words = offset // 8 | (0x2000 if more else 0)
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), identification, words, 64, protocol,
                       0) + address(source) + address(destination)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def ipv6(source, destination, protocol, payload):
    return struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64) + address(source) + \
        address(destination) + payload


def ip(source, destination, protocol, payload):
    make = ipv6 if ":" in source else ipv4
    return make(source, destination, protocol, payload)


def udp(source_port, destination_port, payload):
    return struct.pack("!HHHH", source_port, destination_port, 8 + len(payload), 0) + payload


def tcp(source_port, destination_port, flags, payload=b"", sequence=1, acknowledged=1):
    return struct.pack("!HHIIBBHHH", source_port, destination_port, sequence, acknowledged, 0x50,
                       flags, 65535, 0, 0) + payload


def fragments(source, destination, protocol, payload, identification, size=480):
    """The datagram in pieces of `size` bytes, in order."""
    pieces = []
    for offset in range(0, len(payload), size):
        piece = payload[offset:offset + size]
        more = offset + size < len(payload)
        if ":" in source:
            head = struct.pack("!BBHI", protocol, 0, offset | more, identification)
            pieces.append(ipv6(source, destination, 44, head + piece))
        else:
            pieces.append(ipv4(source, destination, protocol, piece, identification, offset, more))
    return pieces


def gtp(inner, sequence=None):
    if sequence is None:
        return struct.pack("!BBHI", 0x30, 0xff, len(inner), 7) + inner
    return struct.pack("!BBHIHBB", 0x32, 0xff, len(inner) + 4, 7, sequence, 0, 0) + inner


def pairs(count, version=4):
    """Address pairs, enough of them that each worker owns some."""
    if version == 4:
        return [(f"10.1.{i}.1", f"10.2.{i * 7 % 256}.{i + 1}") for i in range(count)]
    return [(f"fd00:1::{i + 1:x}", f"fd00:2::{i * 7 + 1:x}") for i in range(count)]


def text(length, seed=1):
    return random.Random(seed).randbytes(length)


def both_ways(source, destination, number=0):
    """IP packets of a UDP exchange and a TCP connection; True marks the way back."""
    port = 20000 + number
    packets = []
    for length in (10, 300, 1000):
        packets.append((False, ip(source, destination, 17, udp(port, 9000, text(length, length)))))
        packets.append((True, ip(destination, source, 17, udp(9000, port, text(length + 1)))))
    there = [(0x02, b""), None, (0x10, b""), (0x18, text(200)), None, (0x10, b""), (0x11, b""),
             None]
    back = [None, (0x12, b""), None, None, (0x18, text(700)), None, None, (0x11, b"")]
    for forward, backward in zip(there, back):
        flags, payload = forward or backward
        if forward:
            packets.append((False, ip(source, destination, 6, tcp(port, 8080, flags, payload))))
        else:
            packets.append((True, ip(destination, source, 6, tcp(8080, port, flags, payload))))
    packets.append((False, ip(source, destination, 58 if ":" in source else 1,
                              bytes.fromhex("8000000000010001" if ":" in source
                                            else "0800000000010001") + text(32))))
    return packets


def interleave(lists):
    """One of each list in turn."""
    mixed = itertools.chain.from_iterable(itertools.zip_longest(*lists))
    return [item for item in mixed if item is not None]


def exchanges(count=12, tags=(), versions=(4, 6)):
    conversations = [both_ways(*pair, number) for version in versions
                     for number, pair in enumerate(pairs(count, version))]
    return [ethernet(packet, tags=tags, reverse=reverse)
            for reverse, packet in interleave(conversations)]


def datagram(number, length):
    return udp(30000 + number, 9001, text(length, number))


def fragment_orders(version, tags=()):
    """Datagrams in order, reversed, interleaved, duplicated, overlapping and incomplete."""
    frames = []

    def send(pieces):
        frames.extend(ethernet(piece, tags=tags) for piece in pieces)

    for number, (source, destination) in enumerate(pairs(8, version)):
        def cut(identification, length=1700, size=480):
            return fragments(source, destination, 17, datagram(number, length),  # noqa: B023
                             identification, size)
        send(cut(1))
        send([ip(source, destination, 17, datagram(number, 50))])  # whole, of the same flow
        send(reversed(cut(2)))
        send(interleave([cut(3), cut(4, 1000), list(reversed(cut(5, 2500)))]))
        fourth = cut(6)
        send([fourth[0], fourth[1], fourth[1], *fourth[2:]])  # an exact duplicate
        fifth = cut(7)
        other = cut(7, 1701, 400)  # bytes that contradict
        send([fifth[0], other[1], fifth[1], fifth[2], fifth[3]])
        send(cut(8)[:-1])  # never complete
        send(cut(9)[1:])
        send([ip(destination, source, 17, udp(9001, 30000 + number, text(60)))])
    return frames


def tunnels(tags=()):
    """GTP-U whose outer pair differs by direction, so that it belongs to another worker."""
    frames = []
    for outer_version, inner_version in ((4, 4), (4, 6), (6, 4), (6, 6)):
        outers = pairs(16, outer_version)
        conversations = []
        for number, inner in enumerate(pairs(8, inner_version)):
            conversation = []
            for reverse, packet in both_ways(*inner, number):
                source, destination = outers[2 * number + (1 if reverse else 0)]
                payload = udp(2152, 2152, gtp(packet, number if number % 2 else None))
                conversation.append(ethernet(ip(source, destination, 17, payload), tags=tags))
            # Fragments inside the tunnel, and a tunnel packet that is in fragments itself.
            source, destination = outers[2 * number]
            for piece in fragments(*inner, 17, datagram(number, 1500), 100 + number):
                conversation.append(ethernet(ip(source, destination, 17,
                                                udp(2152, 2152, gtp(piece))), tags=tags))
            whole = udp(2152, 2152, gtp(ip(*inner, 17, datagram(number, 1300))))
            for piece in fragments(source, destination, 17, whole, 200 + number):
                conversation.append(ethernet(piece, tags=tags))
            conversations.append(conversation)
        frames += interleave(conversations)
    return frames


def ip_in_ip():
    frames = []
    protocol_of = {4: 4, 6: 41}
    for outer_version, inner_version in ((4, 4), (4, 6), (6, 4), (6, 6)):
        outers = pairs(12, outer_version)
        conversations = []
        for number, inner in enumerate(pairs(6, inner_version)):
            protocol = protocol_of[inner_version]
            conversation = []
            for reverse, packet in both_ways(*inner, number):
                outer = outers[2 * number + (1 if reverse else 0)]
                conversation.append(ethernet(ip(*outer, protocol, packet)))
            outer = outers[2 * number]
            for piece in fragments(*inner, 17, datagram(number, 1400), 300 + number):
                conversation.append(ethernet(ip(*outer, protocol, piece)))
            whole = ip(*inner, 17, datagram(number, 1200))
            for piece in fragments(*outer, protocol, whole, 400 + number):
                conversation.append(ethernet(piece))
            conversations.append(conversation)
        frames += interleave(conversations)
    return frames


def labels_and_sessions():
    frames = []
    for number, pair in enumerate(pairs(6) + pairs(6, 6)):
        for reverse, packet in both_ways(*pair, number):
            one = struct.pack("!I", 1000 + number << 12 | 0x100 | 64)
            two = struct.pack("!I", 2000 + number << 12 | 64)
            frames.append(ethernet(one + packet, 0x8847, reverse=reverse))
            frames.append(ethernet(two + one + packet, 0x8847, [(0x8100, 1, 30)], reverse))
            protocol = 0x0057 if ":" in pair[0] else 0x0021
            session = struct.pack("!BBHHH", 0x11, 0, 5, len(packet) + 2, protocol) + packet
            frames.append(ethernet(session, 0x8864, reverse=reverse))
    return frames


def no_flows():
    """What no flow takes, between packets that some flow does."""
    arp = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + bytes(20)
    spanning_tree = bytes.fromhex("424203") + bytes(35)
    source, destination = pairs(1)[0]
    strange = [
        ethernet(arp, 0x0806),
        ethernet(arp, 0x0806, [(0x8100, 0, 10)]),
        ethernet(spanning_tree, len(spanning_tree)),
        ethernet(text(60), 0x88cc),
        ethernet(b"", 0x88cc),
        ethernet(b"\x45\x00", 0x0800),
        ethernet(ipv4(source, destination, 6, b"\x01\x02\x03")),
        ethernet(ipv4(source, destination, 17, udp(1, 2, b""))[:-4]),
        ethernet(ipv6("fd00:1::1", "fd00:2::1", 59, b"")),
        ethernet(b"\x4f" + ipv4(source, destination, 17, udp(1, 2, b""))[1:]),
        ethernet(ip(source, destination, 17, udp(2152, 2152, gtp(b"\x00" * 20)))),
        ethernet(ip(source, destination, 17, udp(0, 0, b"")), tags=[(0x8100, 5, 0)]),
    ]
    return interleave([strange * 4, exchanges(3)])


def mixed():
    everything = [exchanges(6), exchanges(6, [(0x8100, 5, 10)]), fragment_orders(4),
                  fragment_orders(6, [(0x88a8, 3, 200), (0x8100, 2, 10)]), tunnels(), ip_in_ip(),
                  labels_and_sessions(), no_flows()]
    return interleave(everything)


QINQ = [(0x88a8, 2, 100), (0x8100, 3, 10)]

OWN_CAPTURES = {
    "exchanges": exchanges,
    "802.1Q": lambda: exchanges(6, [(0x8100, 5, 10)]) + exchanges(6, [(0x8100, 0, 4094)]),
    "QinQ": lambda: exchanges(8, QINQ) + exchanges(8, [(0x8100, 3, 7), (0x8100, 2, 8)]),
    "MPLS and PPPoE": labels_and_sessions,
    "IPv4 fragments": lambda: fragment_orders(4),
    "IPv6 fragments": lambda: fragment_orders(6),
    "fragments under 802.1Q": lambda: fragment_orders(4, [(0x8100, 1, 10)]),
    "fragments under QinQ": lambda: fragment_orders(4, QINQ) + fragment_orders(6, QINQ),
    "GTP-U": tunnels,
    "GTP-U under QinQ": lambda: tunnels(QINQ),
    "IP in IP": ip_in_ip,
    "no flows": no_flows,
    "mixed": mixed,
}


def write_pcap(name, frames):
    """Frames a millisecond apart, as a classic capture file."""
    path = os.path.join(ARGUMENTS.folder, re.sub(r"\W", "_", name) + ".pcap")
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for number, frame in enumerate(frames):
            file.write(struct.pack("<IIII", 1700000000 + number // 1000, number % 1000 * 1000,
                                   len(frame), len(frame)) + frame)
    return path


# ---------------------------------------------------------------------------- replay


class Tally:
    """Figures over all replays, for the last lines."""

    def __init__(self):
        self.lock = threading.Lock()
        self.frames = self.rows = self.dissected_alike = self.late = self.repeated = 0

    def add(self, frames, rows, alike, late):
        with self.lock:
            self.frames += frames
            self.rows += rows
            self.dissected_alike += alike
            self.late += late

    def count_repeated(self):
        with self.lock:
            self.repeated += 1


TALLY = Tally()


def replay(bed, path, workers, flows=None, pace=("--rate", str(RATE))):
    """The rows of the replay are those of the file."""
    flows = flows or FLOWS_OF_A_DAY
    wanted, reading = read(path, flows)
    with Run(bed, [*flows, "--workers", str(workers)]) as capture:
        sent = play(bed, [path], pace)
        capture.wait_delivered(sent)
        rows, summary = capture.stop()
    expect_all(sent, summary)
    expect_rows(wanted, rows, summary, reading["packets_rejected"])
    alike, all_rows = rows.share_dissected_as(wanted)
    TALLY.add(sent, len(rows), alike, summary["late_packets"])
    note = "" if alike == all_rows else f", {alike} of them dissected alike"
    note += f", {summary['late_packets']} late packets" if summary["late_packets"] else ""
    return f"{sent} packets, {len(rows)} rows{note}"


# ---------------------------------------------------------------------------- other live cases


def own_capture(name):
    return write_pcap("own " + name, OWN_CAPTURES[name]())


def idle_by_the_clock(bed, workers):
    path = write_pcap(f"idle {workers}", exchanges(4))
    with Run(bed, [*STATISTICS, "--idle-timeout", "1", "--workers", str(workers)]) as capture:
        sent = play(bed, [path])
        over = time.monotonic()
        wanted, _ = read(path, FLOWS_OF_A_DAY)
        wait_for("all rows in the file while the capture goes on", 3,
                 lambda: len(capture.rows()) == len(wanted))
        took = time.monotonic() - over
        expect(capture.process.poll() is None, "ended by itself")
        reasons = {row["end_reason"] for row in capture.rows().rows}
        expect(reasons == {"idle"}, f"end_reason {reasons}")
        rows, summary = capture.stop()
    expect_all(sent, summary)
    expect_rows(wanted, rows, summary)
    return f"{len(rows)} rows {took:.1f} s after the last packet"


EXCHANGE_ON_LOOPBACK = """
import socket
a, b = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
for s in (a, b):
    s.bind(("127.0.0.1", 0)); s.settimeout(10)
for length in range(1, 21):
    a.sendto(bytes(length * 1000), b.getsockname()); assert len(b.recv(65536)) == length * 1000
    b.sendto(bytes(length), a.getsockname()); assert len(a.recv(65536)) == length
"""


def loopback_once(bed, workers):
    run(["ip", "-n", bed.receiving, "link", "set", "lo", "up"])
    with Run(bed, [*FLOWS_OF_A_DAY, "--workers", str(workers)], ["lo"]) as capture:
        bed.inside(bed.receiving, [sys.executable, "-c", EXCHANGE_ON_LOOPBACK])
        wait_for("empty queues of the kernel", DELIVERY_SECONDS, kernel_queues_empty)
        rows, summary = capture.stop()
    expect_all(40, summary)
    expect(len(rows) == 1, f"{len(rows)} rows, 1 wanted")
    headers = 14 + 20 + 8
    found = [int(rows.rows[0][name]) for name in
             ("src2dst_packets", "src2dst_bytes", "dst2src_packets", "dst2src_bytes")]
    wanted = [20, 20 * headers + 210000, 20, 20 * headers + 210]
    expect(found == wanted, f"packets and bytes by direction {wanted} wanted, {found} found")
    return "40 packets, 1 row"


def two_interfaces(bed, workers):
    files = [own_capture("exchanges"), own_capture("mixed")]
    with Run(bed, [*FLOWS_OF_A_DAY, "--workers", str(workers)], ["c0", "c1"]) as capture:
        players = [play(bed, [path], interface=f"g{i}", wait=False)
                   for i, path in enumerate(files)]
        sent = [sent_by(player) for player in players]
        for index, count in enumerate(sent):
            capture.wait_delivered(count, f"c{index}")
        rows, summary = capture.stop()
    expect_all(sum(sent), summary)
    wanted = read(files[0], FLOWS_OF_A_DAY)[0].plus(read(files[1], FLOWS_OF_A_DAY)[0])
    expect_rows(wanted, rows, summary)
    return f"{sum(sent)} packets, {len(rows)} rows"


def tagged_and_not():
    return interleave([exchanges(4), exchanges(4, [(0x8100, 5, 10)]),
                       exchanges(4, [(0x8100, 5, 20)]), exchanges(4, [(0x88a8, 2, 10),
                                                                      (0x8100, 3, 30)])])


def filtered(bed, expression, frames, is_wanted, workers):
    """Live and from the file the filter selects the same, and it is what `is_wanted` says."""
    path = write_pcap(f"filter {expression} {workers}", frames)
    options = [*FLOWS_OF_A_DAY, "--bpf-filter", expression]
    with Run(bed, [*options, "--workers", str(workers)]) as capture:
        sent = play(bed, [path])
        capture.wait_delivered(sent)
        rows, summary = capture.stop()
    chosen = [frame for frame in frames if is_wanted(frame)]
    expect(0 < len(chosen) < len(frames), "the case has nothing to choose")
    expect_all(len(chosen), summary)
    wanted, _ = read(write_pcap(f"chosen {expression} {workers}", chosen), FLOWS_OF_A_DAY)
    expect_rows(wanted, rows, summary)
    return f"{len(chosen)} of {sent} packets, {len(rows)} rows"


def is_outer_vlan_10(frame):
    return frame[12:14] in (b"\x81\x00", b"\x88\xa8") and \
        int.from_bytes(frame[14:16], "big") & 0xfff == 10


def is_udp_behind_one_tag(frame):
    start_of_ip = 18 if frame[12:14] in (b"\x81\x00", b"\x88\xa8") else 14
    ether_type = frame[start_of_ip - 2:start_of_ip]
    if ether_type == b"\x08\x00":
        return frame[start_of_ip + 9] == 17
    return ether_type == b"\x86\xdd" and frame[start_of_ip + 6] == 17


def filter_vlan(bed, workers):
    frames = tagged_and_not()
    result = filtered(bed, "vlan 10", frames, is_outer_vlan_10, workers)
    path = write_pcap(f"vlan read {workers}", frames)
    wanted, _ = read(write_pcap(f"vlan chosen {workers}",
                                [frame for frame in frames if is_outer_vlan_10(frame)]),
                     FLOWS_OF_A_DAY)
    from_file, _ = read(path, [*FLOWS_OF_A_DAY, "--bpf-filter", "vlan 10"])
    problems = difference(wanted, from_file)
    expect(not problems, f"`vlan 10` from the file: {problems}")
    return result


def filter_udp(bed, workers):
    return filtered(bed, "udp", tagged_and_not(), is_udp_behind_one_tag, workers)


def filter_wrong(bed):
    with Run(bed, ["--bpf-filter", "udp and and"], wait=False) as capture:
        capture.wait_exit(2)
        expect("udp and and" in capture.messages(),
               f"the message does not name the filter:\n{capture.messages()}")
    return "status 2"


def short_snapshots(bed, workers):
    path = own_capture("mixed")
    wanted, reading = read(path, FLOWS_OF_A_DAY)
    with Run(bed, [*FLOWS_OF_A_DAY, "--snapshot-length", "128", "--workers",
                   str(workers)]) as capture:
        sent = play(bed, [path])
        capture.wait_delivered(sent)
        rows, summary = capture.stop()
    expect_all(sent, summary)
    expect_rows(wanted, rows, summary, reading["packets_rejected"])
    return f"{sent} packets, {rows.total('bidirectional_bytes')} bytes"


def wrong_interface(bed):
    with Run(bed, [], ["c0", "nosuch7"], wait=False) as capture:
        capture.wait_exit(2)
        expect("nosuch7" in capture.messages(),
               f"the message does not name the interface:\n{capture.messages()}")
    return "status 2"


def interface_removed(bed, workers):
    path = own_capture("exchanges")
    try:
        with Run(bed, [*FLOWS_OF_A_DAY, "--workers", str(workers)]) as capture:
            sent = play(bed, [path])
            capture.wait_delivered(sent)
            run(["ip", "-n", bed.receiving, "link", "del", "c0"])
            capture.wait_exit(1)
            expect("c0" in capture.messages().split("ready", 1)[1].split("\n  ", 1)[0],
                   f"the message does not name the interface:\n{capture.messages()}")
            rows, summary = capture.results()
    finally:
        run(["ip", "-n", bed.receiving, "link", "del", "c0"], check=False)
        bed.add_pair(0)
    expect_all(sent, summary)
    expect_rows(read(path, FLOWS_OF_A_DAY)[0], rows, summary)
    return f"status 1, all {len(rows)} rows"


def interface_down_and_up(bed, workers):
    path = own_capture("exchanges")
    with Run(bed, [*FLOWS_OF_A_DAY, "--workers", str(workers)]) as capture:
        sent = play(bed, [path])
        capture.wait_delivered(sent)
        run(["ip", "-n", bed.receiving, "link", "set", "c0", "down"])
        run(["ip", "-n", bed.receiving, "link", "set", "c0", "up"])
        wait_for("carrier on c0", 10, lambda: bed.is_up("c0"))
        sent += play(bed, [path])
        capture.wait_delivered(sent)
        rows, summary = capture.stop()
    expect_all(sent, summary)
    expect(len(rows) == len(read(path, FLOWS_OF_A_DAY)[0]), f"{len(rows)} rows")
    return f"{sent} packets, {len(rows)} rows"


def bounded_rows(bed, workers):
    path = write_pcap(f"bounded {workers}", exchanges(8))
    with Run(bed, ["--idle-timeout", "1", "--max-nflows", "3", "--workers",
                   str(workers)]) as capture:
        sent = play(bed, [path])
        capture.wait_exit(0)
        rows, summary = capture.results()
    expect(len(rows) == 3, f"{len(rows)} rows, 3 wanted")
    expect_all(sent, summary)
    return "3 rows, then status 0"


def stopped_under_load(bed, workers, number):
    path = own_capture("mixed")
    with Run(bed, [*FLOWS_OF_A_DAY, "--performance-report", "1", "--workers",
                   str(workers)]) as capture:
        player = play(bed, [path], ("--rate", str(RATE), "--repeat", "10000"), wait=False)
        try:
            wait_for("5000 packets", 30, lambda: any(
                report["packets_processed"] > 5000 for report in capture.reports()))
            rows, summary = capture.stop(number=number)
            expect(player.poll() is None, "the sender ended too early")
        finally:
            end(player)
    expect(summary["packets_in_flows"] > 5000, str(summary))
    expect(summary["capture_dropped_packets"] == 0, f"dropped at a paced rate: {summary}")
    return f"{summary['packets_read']} packets read, {len(rows)} rows"


def performance_reports(bed, workers):
    keys = ["flows_expired", "packets_processed", "packets_ignored",
            "packets_dropped_filtered_by_kernel", "meters_packets_processing_balance"]
    path = own_capture("no flows")
    with Run(bed, ["--performance-report", "1", "--workers", str(workers)]) as capture:
        sent = play(bed, [path])
        wait_for("a report with all packets", 10, lambda: any(
            report["packets_processed"] + report["packets_ignored"] == sent
            for report in capture.reports()))
        last = capture.reports()[-1]
        expect(list(last) == keys, f"keys {list(last)}")
        balance = last["meters_packets_processing_balance"]
        expect(len(balance) == workers and sum(balance) == last["packets_processed"], str(last))
        _, summary = capture.stop()
    expect(summary["packets_in_flows"] == last["packets_processed"], f"{last} and {summary}")
    return json.dumps(last)


BECOME_NOBODY = """
import os, sys
os.setgroups([]); os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)
os.execv(sys.argv[1], sys.argv[1:])
"""


def unprivileged(bed):
    folder = os.path.join(ARGUMENTS.folder, "nobody")
    os.makedirs(folder, exist_ok=True)
    program = os.path.join(folder, "flowgauge")
    shutil.copy(ARGUMENTS.flowgauge, program)
    os.chmod(folder, 0o755)
    os.chmod(ARGUMENTS.folder, 0o711)
    with Run(bed, [], program=[sys.executable, "-c", BECOME_NOBODY, program],
             wait=False) as capture:
        capture.wait_exit(1)
        expect("CAP_NET_RAW" in capture.messages(),
               f"the message does not name CAP_NET_RAW:\n{capture.messages()}")
        return "status 1: " + capture.messages().splitlines()[0]


def live_cases():
    cases = []
    for workers in (1, 2):
        def case(name, function, *more, count=workers):
            cases.append((f"{name}, {count} worker{'s' if count > 1 else ''}",
                          lambda bed: function(bed, count, *more)))
        case("idle flows leave by the clock", idle_by_the_clock)
        case("loopback counts each packet once", loopback_once)
        case("two interfaces", two_interfaces)
        case("filter `vlan 10`", filter_vlan)
        case("filter `udp`", filter_udp)
        case("snapshots of 128 bytes", short_snapshots)
        case("interface removed", interface_removed)
        case("interface down and up", interface_down_and_up)
        case("max_nflows", bounded_rows)
        case("SIGTERM under load", stopped_under_load, signal.SIGTERM)
        case("SIGINT under load", stopped_under_load, signal.SIGINT)
        case("performance report", performance_reports)
    cases.append(("interface that does not exist", wrong_interface))
    cases.append(("filter with an error", filter_wrong))
    cases.append(("without CAP_NET_RAW", unprivileged))
    return cases


# ---------------------------------------------------------------------------- the lists

FAST_CAPTURES = ["ip_fragmented_garbage.pcap", "ajp.pcap", "4in4tunnel.pcap", "4in6tunnel.pcap",
                 "gtp-u.pcap", "capwap.pcap", "dhcp.pcap", "skype.pcap", "teredo.pcap",
                 "dos_win98_smb_netbeui.pcap"]
FAST_OWN_PACE = ["facebook.pcap", "dns_ambiguous_names.pcap", "simple-dnscrypt.pcap"]


def shared_captures():
    """Path and figures of each different capture that can be sent as it is."""
    found = {}
    for folder in ("pcaps", "pcaps-ndpi"):
        directory = os.path.join(ARGUMENTS.shared, folder)
        for name in sorted(os.listdir(directory)) if os.path.isdir(directory) else []:
            with open(os.path.join(directory, name), "rb") as file:
                found.setdefault(hashlib.sha256(file.read()).digest(),
                                 os.path.join(directory, name))
    paths = sorted(found.values(), key=os.path.basename)
    if not paths:
        return []
    lines = run([ARGUMENTS.player, "--check", *paths], check=False).stdout.splitlines()
    figures = [(path, json.loads(line)) for path, line in zip(paths, lines)]
    return [(path, figure) for path, figure in figures if figure["sendable"]
            and figure["frames"] < SENDABLE_FRAMES]


def replay_cases(mode):
    paced, own_pace = [], []
    for name in OWN_CAPTURES:
        path = own_capture(name)
        read(path, FLOWS_OF_A_DAY)
        for workers in (1, 2):
            paced.append((f"own capture: {name}, {workers} worker{'s'[:workers - 1]}",
                          lambda bed, p=path, w=workers: replay(bed, p, w)))
    for path, figure in shared_captures():
        name = os.path.basename(path)
        short = figure["seconds"] <= OWN_PACE_SECONDS
        flows = FLOWS_OF_A_DAY if figure["seconds"] < DAY else FLOWS_OF_30_YEARS
        for workers in (1, 2):
            label = f"{name}, {workers} worker{'s'[:workers - 1]}"
            if mode == "full" or name in FAST_CAPTURES:
                paced.append((label, lambda bed, p=path, w=workers, f=flows:
                              replay(bed, p, w, f)))
            if short and (mode == "full" or name in FAST_OWN_PACE):
                own_pace.append((f"{label}, at its own pace", lambda bed, p=path, w=workers:
                                 replay(bed, p, w, DEFAULT_FLOWS, ("--own-pace",))))
    return paced, own_pace


def run_cases(cases, beds):
    """Each case on a bed of its own; as many at a time as there are beds."""
    failures = []
    free = queue.Queue()
    for bed in beds:
        free.put(bed)

    def tried(function, bed):
        for _ in range(TRIES - 1):
            try:
                return function(bed)
            except LatePackets:
                TALLY.count_repeated()
        return function(bed)

    def one(name, function):
        bed = free.get()
        begin = time.monotonic()
        try:
            return name, tried(function, bed), time.monotonic() - begin
        finally:
            free.put(bed)

    executor = concurrent.futures.ThreadPoolExecutor(len(beds))
    try:
        jobs = {executor.submit(one, name, function): name for name, function in cases}
        for job in concurrent.futures.as_completed(jobs):
            try:
                name, result, seconds = job.result()
                print(f"ok     {name}: {result} ({seconds:.1f} s)", flush=True)
            except Stopped:
                raise
            except Exception as error:  # pylint: disable=broad-except
                text_of = str(error) if isinstance(error, Failure) else traceback.format_exc()
                indented = text_of.strip().replace("\n", "\n       ")
                print(f"FAILED {jobs[job]}:\n       {indented}", flush=True)
                failures.append(jobs[job])
    except BaseException:
        end_all()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
    return failures


def phases(mode):
    paced, own_pace = replay_cases(mode)
    # Lanes share two CPUs: few where packets come at full rate, many where most of it is waiting.
    return [("live cases", live_cases(), 2), ("replays", paced, 2),
            ("replays at their own pace", own_pace, 6)]


def run_all():
    failures, count, beds = [], 0, []
    chosen = re.compile(ARGUMENTS.only) if ARGUMENTS.only else None
    begin = time.monotonic()
    try:
        for title, cases, lanes in phases(ARGUMENTS.mode):
            cases = [case for case in cases if not chosen or chosen.search(case[0])]
            count += len(cases)
            if not cases:
                continue
            while len(beds) < min(lanes, len(cases)):
                beds.append(Bed())
            phase_begin = time.monotonic()
            failures += run_cases(cases, beds[:lanes])
            print(f"-- {title}: {len(cases)} cases, {time.monotonic() - phase_begin:.0f} s",
                  flush=True)
    finally:
        end_all()
        for bed in beds:
            bed.close()
    print(f"{count} cases, {len(failures)} failed, {time.monotonic() - begin:.0f} s; replays: "
          f"{TALLY.frames} packets, {TALLY.rows} rows, {TALLY.dissected_alike} of them dissected "
          f"alike, {TALLY.late} late packets, {TALLY.repeated} repeated for late packets")
    for name in failures:
        print(f"FAILED {name}")
    return 1 if failures else 0


def raise_stopped(number, _frame):
    signal.signal(number, signal.SIG_IGN)
    raise Stopped()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flowgauge", required=True, help="the program under test")
    parser.add_argument("--player", required=True, help="the program frame_player")
    parser.add_argument("--shared", default="", help="folder with pcaps/ and pcaps-ndpi/")
    parser.add_argument("--mode", choices=("fast", "full"), default="fast")
    parser.add_argument("--only", help="cases whose name matches this regular expression")
    arguments = parser.parse_args(namespace=ARGUMENTS)
    arguments.flowgauge = os.path.abspath(arguments.flowgauge)
    arguments.player = os.path.abspath(arguments.player)
    arguments.shared = os.environ.get("FLOWGAUGE_SHARED") or arguments.shared
    reason = skip_reason()
    if reason:
        print(f"skipped: {reason}")
        return SKIPPED
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, raise_stopped)
    remove_stale_namespaces()
    with tempfile.TemporaryDirectory(prefix="flowgauge-live-") as folder:
        arguments.folder = folder
        try:
            return run_all()
        except Stopped:
            print("stopped by a signal")
            return 1


ARGUMENTS = argparse.Namespace()

if __name__ == "__main__":
    sys.exit(main())
