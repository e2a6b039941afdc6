"""Mixed traffic of many address pairs, so that flows end while others begin."""
from live.captures import both_ways, interleave, no_flows, write_pcap
from live.packets import ethernet, fragments, gtp, ip, text, udp

TAG = [(0x8100, 5, 10)]
QINQ = [(0x88a8, 2, 100), (0x8100, 3, 10)]
CONVERSATIONS = 24


def pair(variant, number, version):
    if version == 4:
        return f"10.{variant}.{number}.1", f"172.{variant}.{number * 7 % 256}.2"
    return f"fd00:{variant + 1:x}::{number + 1:x}", f"fd00:1{variant:02x}::{number * 7 + 1:x}"


def conversation(variant, number, version, tags):
    return [ethernet(packet, tags=tags, reverse=reverse)
            for reverse, packet in both_ways(*pair(variant, number, version), number)]


def datagrams(variant, number, version):
    """Whole ones in pieces, in order and not, and one of them inside a tunnel."""
    source, destination = pair(variant, 60 + number, version)
    whole = udp(30000 + number, 9001, text(1700, number))
    frames = [ethernet(piece) for piece in fragments(source, destination, 17, whole, variant + 1)]
    frames += reversed([ethernet(piece, tags=TAG) for piece in
                        fragments(source, destination, 17, whole, variant + 1001)])
    inner = ip(*pair(variant, 80 + number, version), 17, udp(5000, 53, text(200)))
    tunnel = udp(2152, 2152, gtp(inner))
    frames.append(ethernet(ip(source, destination, 17, tunnel)))
    return frames


def incomplete(variant, version):
    source, destination = pair(variant, 99, version)
    pieces = fragments(source, destination, 17, udp(1, 2, text(1500)), 1)
    return [ethernet(piece) for piece in pieces[:-1]]


def mixed_frames(variant, with_incomplete):
    parts = []
    for version in (4, 6):
        for number in range(CONVERSATIONS):
            tags = ([], TAG, [], QINQ)[number % 4]
            parts.append(conversation(variant, number, version, tags))
        parts += [datagrams(variant, number, version) for number in range(8)]
        if with_incomplete:
            parts.append(incomplete(variant, version))
    parts.append([frame for frame in no_flows() if frame[12:14] not in (b"\x08\x00", b"\x86\xdd")])
    return interleave(parts)


class Recording:
    """A capture file, and what of it waits for pieces that never come."""

    def __init__(self, folder, variant, with_incomplete, begin=1700000000):
        frames = mixed_frames(variant, with_incomplete)
        self.path = write_pcap(folder, f"soak {variant} {begin}", frames, begin)
        self.frames = len(frames)
        self.incomplete = sum(len(incomplete(variant, v)) for v in (4, 6)) * with_incomplete
