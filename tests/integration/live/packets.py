"""Builds packets and frames, layer by layer."""
import random
import socket
import struct


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


def text(length, seed=1):
    return random.Random(seed).randbytes(length)
