"""What a collector reads off a connection: records of IPFIX (RFC 7011), and lines of JSON. Each record
becomes (number, flow_uid, packets, bytes) of durable.flows, and what is no such record raises Corrupt."""
import json
import struct

from durable import flows

WANTED = {8: "source", 12: "target", 7: "source_port", 11: "target_port", 148: "uid", 2: "packets", 1: "bytes"}
VARIABLE = 0xffff
MESSAGE_HEAD = struct.Struct("!HHIII")


class Corrupt(Exception):
    """Bytes that no sink may send."""


def checked(source, target, ports, uid, packets, count):
    """One record, if its addresses, ports and sizes are those of one flow."""
    number = source - flows.FIRST_SOURCE
    if not 0 <= number < flows.NUMBERS_MAX or target != flows.TARGET or \
            ports != (flows.source_port_of(number), flows.target_port_of(number)) or \
            not 1 <= packets <= flows.packets_of(number) or count != packets * flows.size_of(number) or uid == 0:
        raise Corrupt(f"not a flow that was sent: number {number}, to {target}, ports {ports}, flow_uid {uid}, "
                      f"{packets} packets, {count} bytes")
    return number, uid, packets


def dotted(number):
    return ".".join(str(byte) for byte in number.to_bytes(4, "big"))


class Template:
    """Where the wanted fields of a data record lie, and how its end is found."""

    def __init__(self, fields):
        self.places, self.rest, at = {}, [], 0
        for index, (element, length, enterprise) in enumerate(fields):
            if length == VARIABLE:
                self.rest = [length for _, length, _ in fields[index:]]
                break
            if not enterprise and element in WANTED:
                self.places[WANTED[element]] = slice(at, at + length)
            at += length
        self.fixed = at
        self.is_flow = len(self.places) == len(WANTED)

    def end_of(self, data, at):
        at += self.fixed
        for length in self.rest:
            if length == VARIABLE:
                length, at = data[at], at + 1
                if length == 255:
                    length, at = int.from_bytes(data[at:at + 2], "big"), at + 2
            at += length
        return at


class IpfixStream:
    """One session: messages in order, templates before data, sequence numbers without a gap. In the spool
    messages have no numbers yet."""

    def __init__(self, numbered=True):
        self.numbered = numbered
        self.rest = b""
        self.templates = {}
        self.sequence = 0

    def feed(self, data):
        data = self.rest + data
        at = 0
        while len(data) - at >= MESSAGE_HEAD.size:
            version, length, _, sequence, _ = MESSAGE_HEAD.unpack_from(data, at)
            if version != 10 or length < MESSAGE_HEAD.size:
                raise Corrupt(f"not an IPFIX message: {data[at:at + 16].hex()}")
            if len(data) - at < length:
                break
            if self.numbered and sequence != self.sequence:
                raise Corrupt(f"message with sequence number {sequence}, not {self.sequence}")
            yield from self.message(data[at:at + length])
            at += length
        self.rest = data[at:]

    def message(self, data):
        at = MESSAGE_HEAD.size
        while at < len(data):
            kind, length = struct.unpack_from("!HH", data, at)
            if length < 4 or at + length > len(data):
                raise Corrupt(f"a set of {length} bytes at {at} in a message of {len(data)}")
            if kind in (2, 3):
                self.learn(data[at + 4:at + length], kind == 3)
            else:
                yield from self.data_set(kind, data[at + 4:at + length])
            at += length

    def learn(self, data, with_options):
        at = 0
        while at + 4 <= len(data):
            number, count = struct.unpack_from("!HH", data, at)
            at += 6 if with_options else 4
            fields = []
            for _ in range(count):
                element, length = struct.unpack_from("!HH", data, at)
                enterprise, at = bool(element & 0x8000), at + 4
                at += 4 if enterprise else 0
                fields.append((element, length, enterprise))
            self.templates[number] = Template(fields)

    def data_set(self, kind, data):
        if kind not in self.templates:
            raise Corrupt(f"data before its template {kind}")
        template, at = self.templates[kind], 0
        while at < len(data):
            end = template.end_of(data, at)
            if end > len(data):
                raise Corrupt("a record that is longer than its set")
            self.sequence += 1
            if template.is_flow:
                value = {name: int.from_bytes(data[at + place.start:at + place.stop], "big")
                         for name, place in template.places.items()}
                yield checked(value["source"], dotted(value["target"]), (value["source_port"], value["target_port"]),
                              value["uid"], value["packets"], value["bytes"])
            at = end


class LineStream:
    """Lines of JSON."""

    def __init__(self):
        self.rest = b""

    def feed(self, data):
        lines = (self.rest + data).split(b"\n")
        self.rest = lines.pop()
        for line in lines:
            try:
                yield line_record(json.loads(line))
            except (ValueError, KeyError) as error:
                raise Corrupt(f"{error}: {line[:200]}") from None


def line_record(row):
    """Of a row of JSON, or of CSV."""
    source = int.from_bytes(bytes(map(int, row["src_ip"].split("."))), "big")
    return checked(source, row["dst_ip"], (int(row["src_port"]), int(row["dst_port"])), int(row["flow_uid"]),
                   int(row["bidirectional_packets"]), int(row["bidirectional_bytes"]))
