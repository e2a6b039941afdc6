"""Captures of our own: what no capture of others has, and files of it."""
import itertools
import os
import re
import struct
import threading

from live.packets import ethernet, fragments, gtp, ip, ipv4, ipv6, tcp, text, udp


def pairs(count, version=4):
    """Address pairs, enough of them that each worker owns some."""
    if version == 4:
        return [(f"10.1.{i}.1", f"10.2.{i * 7 % 256}.{i + 1}") for i in range(count)]
    return [(f"fd00:1::{i + 1:x}", f"fd00:2::{i * 7 + 1:x}") for i in range(count)]


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


def write_pcap(folder, name, frames, begin=1700000000, step_us=1000):
    """Frames a millisecond or `step_us` apart, as a classic capture file."""
    path = os.path.join(folder, re.sub(r"\W", "_", name) + ".pcap")
    whole = f"{path}.{threading.get_ident()}"  # renamed when whole: cases side by side read it
    with open(whole, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for number, frame in enumerate(frames):
            seconds, microseconds = divmod(number * step_us, 1000000)
            file.write(struct.pack("<IIII", begin + seconds, microseconds, len(frame),
                                   len(frame)) + frame)
    os.replace(whole, path)
    return path


def own_capture(folder, name):
    return write_pcap(folder, "own " + name, OWN_CAPTURES[name]())
