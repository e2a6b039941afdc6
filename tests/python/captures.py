"""Small captures for tests: pcap files of Ethernet frames, and a folder with one."""

from __future__ import annotations

import os
import socket
import struct
import tempfile
import unittest

_ETHERNET = bytes.fromhex("020000000002020000000001") + b"\x08\x00"


def _ip(source: str, destination: str, protocol: int, payload: bytes) -> bytes:
    length = 20 + len(payload)
    head = struct.pack("!BBHHHBBH", 0x45, 0, length, 0, 0, 64, protocol, 0)
    return head + socket.inet_aton(source) + socket.inet_aton(destination) + payload


def tcp(source: str, destination: str, port: int, to_port: int, size: int, back: bool, flags: int) -> bytes:
    """A segment of `size` bytes; `back`: from destination to source."""
    if back:
        source, destination, port, to_port = destination, source, to_port, port
    head = struct.pack("!HHIIBBHHH", port, to_port, 1, 1, 0x50, flags, 1024, 0, 0)
    return _ETHERNET + _ip(source, destination, 6, head + bytes(size))


def udp(source: str, destination: str, port: int, to_port: int, size: int) -> bytes:
    head = struct.pack("!HHHH", port, to_port, 8 + size, 0)
    return _ETHERNET + _ip(source, destination, 17, head + bytes(size))


class Capture:
    """Frames in the order in which they are added; times in milliseconds from 1000 s on."""

    def __init__(self) -> None:
        self._records = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]

    def add(self, time_ms: int, frame: bytes) -> None:
        seconds, rest = divmod(1_000_000 + time_ms, 1000)
        self._records.append(struct.pack("<IIII", seconds, rest * 1000, len(frame), len(frame)) + frame)

    def write(self, path: str) -> None:
        with open(path, "wb") as file:
            file.write(b"".join(self._records))


class Folder(unittest.TestCase):
    """A folder with a capture of some conversations."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = self.write("some.pcap", flows=5, packets=6)

    def at(self, name: str) -> str:
        return os.path.join(self.folder.name, name)

    def write(self, name: str, flows: int, packets: int) -> str:
        """`packets` of each of `flows` conversations, one a millisecond, back and forth."""
        capture = Capture()
        for i in range(packets):
            for flow in range(flows):
                ends = (f"10.0.{flow >> 8}.{flow & 255}", "10.9.9.9", 1024 + flow % 60000, 443)
                capture.add(i * 10, tcp(*ends, size=10 + i, back=i % 2 == 1, flags=0x02 if i == 0 else 0x10))
        capture.write(self.at(name))
        return self.at(name)
