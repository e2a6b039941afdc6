"""Counts flow records in messages of NetFlow v9 (RFC 3954) and IPFIX (RFC 7011), in order."""
import dataclasses
import struct

_NETFLOW, _IPFIX = 9, 10
_HEADER_BYTES = {_NETFLOW: 20, _IPFIX: 16}
_TEMPLATES, _OPTIONS = {_NETFLOW: 0, _IPFIX: 2}, {_NETFLOW: 1, _IPFIX: 3}
_DATA_SET_MIN = 256
_VARIABLE = 65535
_ENTERPRISE = 0x8000


@dataclasses.dataclass(frozen=True)
class _Layout:
    pieces: tuple  # bytes of the fixed fields before each variable one, and behind the last
    is_flow: bool  # and not options

    @property
    def least(self):
        return sum(self.pieces) + len(self.pieces) - 1


def _layout(lengths, is_flow):
    pieces = [0]
    for length in lengths:
        if length == _VARIABLE:
            pieces.append(0)
        else:
            pieces[-1] += length
    return _Layout(tuple(pieces), is_flow)


class RecordCounter:
    """Of one exporter."""

    def __init__(self):
        self.flows = 0
        self.unknown_sets = 0  # whose template has not come
        self._layouts = {}

    def add(self, message):
        version, = struct.unpack_from(">H", message)
        end = len(message)
        if version == _IPFIX:
            end, = struct.unpack_from(">H", message, 2)
        at = _HEADER_BYTES[version]
        while at + 4 <= end:
            number, size = struct.unpack_from(">HH", message, at)
            if number >= _DATA_SET_MIN:
                self._data(number, message, at + 4, at + size)
            elif number == _TEMPLATES[version]:
                self._templates(message, at + 4, at + size)
            elif number == _OPTIONS[version]:
                self._options(version, message, at + 4, at + size)
            at += max(size, 4)

    def _fields(self, message, at, count):
        """Lengths of fields, and where they end."""
        lengths = []
        for _ in range(count):
            element, length = struct.unpack_from(">HH", message, at)
            lengths.append(length)
            at += 8 if element & _ENTERPRISE else 4
        return lengths, at

    def _templates(self, message, at, end):
        while at + 4 <= end:
            number, count = struct.unpack_from(">HH", message, at)
            if number < _DATA_SET_MIN:
                return  # padding
            lengths, at = self._fields(message, at + 4, count)
            self._layouts[number] = _layout(lengths, True)

    def _options(self, version, message, at, end):
        while at + 6 <= end:
            number, first, second = struct.unpack_from(">HHH", message, at)
            if number < _DATA_SET_MIN:
                return
            count = first if version == _IPFIX else (first + second) // 4
            lengths, at = self._fields(message, at + 6, count)
            self._layouts[number] = _layout(lengths, False)

    def _data(self, number, message, at, end):
        layout = self._layouts.get(number)
        if layout is None:
            self.unknown_sets += 1
        elif layout.is_flow:
            self.flows += _records(layout, message, at, end)


def _records(layout, message, at, end):
    if len(layout.pieces) == 1:
        return (end - at) // layout.least
    *before, behind = layout.pieces
    count = 0
    while end - at >= layout.least:
        for fixed in before:
            at += fixed
            length = message[at]
            at += 1
            if length == 255:
                length = message[at] << 8 | message[at + 1]
                at += 2
            at += length
        at += behind
        count += 1
    return count
