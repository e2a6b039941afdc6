"""The spool of a killed sensor, read without its program: what is committed is what the files hold
(export/spool/frame.h)."""
import os
import struct

MAGIC = b"\xf6\x1d\x9b\xc4"
FRAME = struct.Struct("<4sIIIIIQQQQ")
LANDMARK = struct.Struct("<8sIIQQQ")
UNIT_BYTES = 8
BLOCK, PREAMBLE = 1, 2


class SpoolFiles:
    """Frames that were not looked at before, and how many records wait."""

    def __init__(self, folder, make_stream):
        self.folder = folder
        self.make_stream = make_stream
        self.seen = 0  # the highest frame that was looked at
        self.waiting = 0  # records behind the acknowledged position

    def look(self):
        """The records of the new frames. Requires: nobody writes there."""
        position = max((self.position(name) for name in ("position", "position.new")), default=0)
        names = sorted(name for name in os.listdir(self.folder) if name.endswith(".seg"))
        behind = position
        found = []
        for name in names:
            with open(os.path.join(self.folder, name), "rb") as file:
                behind = self.read_segment(file.read(), behind, found)
        self.waiting = behind - position
        return found

    def position(self, name):
        """How many records are acknowledged, as that file says."""
        try:
            with open(os.path.join(self.folder, name), "rb") as file:
                data = file.read()
        except FileNotFoundError:
            return 0
        if len(data) < LANDMARK.size:
            return 0
        return LANDMARK.unpack(data[:LANDMARK.size])[5]

    def read_segment(self, data, behind, found):
        """Returns the number of all records up to the segment's last whole frame."""
        stream = self.make_stream()
        at = LANDMARK.size
        while at + FRAME.size <= len(data):
            magic, _, kind, _, size, units, records, number, before, _ = FRAME.unpack_from(data, at)
            payload = data[at + FRAME.size:at + FRAME.size + size]
            if magic != MAGIC or len(payload) < size:
                break  # the torn end
            if kind == PREAMBLE:
                list(stream.feed(payload))
            else:
                if number > self.seen:
                    found.extend(stream.feed(payload[UNIT_BYTES * units:]))
                    self.seen = number
                behind = max(behind, before + records)
            at += FRAME.size + size
        return behind
