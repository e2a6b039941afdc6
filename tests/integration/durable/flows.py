"""Flows that know their number: whatever comes out says which of them it is, and what it must say."""
import ipaddress
import struct

from live.packets import checksum

TARGET = "172.16.0.1"
FIRST_SOURCE = int(ipaddress.IPv4Address("10.0.0.0"))
NUMBERS_MAX = 1 << 24  # one address each
PAYLOAD_MAX = 64
HEADERS = 28  # IP and UDP
ODD_PORT, EVEN_PORT = 2001, 2000

MACS = bytes.fromhex("020000000002020000000001")
IP_HEAD = struct.Struct("!BBHHHBBHII")
UDP_HEAD = struct.Struct("!HHHH")


def packets_of(number):
    return 1 + number % 3


def size_of(number):
    """Of each of its packets, in bytes of IP."""
    return HEADERS + number % PAYLOAD_MAX


def source_port_of(number):
    return 1024 + number % 50000


def target_port_of(number):
    return ODD_PORT if number % 2 else EVEN_PORT


def frame_of(number):
    """The Ethernet frame of which the flow has packets_of() copies."""
    length = size_of(number)
    fields = [0x45, 0, length, 0, 0, 64, 17, 0, FIRST_SOURCE + number, int(ipaddress.IPv4Address(TARGET))]
    fields[7] = checksum(IP_HEAD.pack(*fields))
    return b"".join((MACS, b"\x08\x00", IP_HEAD.pack(*fields),
                     UDP_HEAD.pack(source_port_of(number), target_port_of(number), length - 20, 0),
                     bytes(length - HEADERS)))
