#!/usr/bin/env python3
"""`read --rejected` writes exactly the frames that the counters of the same run say, as they were captured.

    rejected_frames.py --flowgauge BIN --shared DIR [--every N] [CAPTURE...]

For each capture (all of DIR/pcaps and DIR/pcaps-ndpi, or every Nth, or those named) and each way of reading in WAYS:
frames by comment = packets_rejected without reassembled_fragment, also as capinfos counts them; each frame written is
one of the capture, with its link type, bytes, wire length and time, and no frame more often than there; 1 and 3
workers write equal files; and read again the frames are in no flow, where their reason does not depend on other frames
or on options.
Exit status: 0 as said, 1 not, 77 nothing to read.
"""
import argparse
import collections
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

WAYS = (
    [],
    ["--fragments", "first_only", "--time-unit", "ns"],  # later fragments, and times that nanoseconds cannot hold
    ["--bpf-filter", "tcp"],
    ["--max-nflows", "5"],  # the end of the capture is not read
)
HEALTHY = "reassembled_fragment"
# These frames may make flows when they come alone, or are read without the options that refused them.
CONTEXT = {"filter", "fragment", "fragment_duplicate", "fragment_memory", "time_range"}
BILLION = 10 ** 9

Frame = collections.namedtuple("Frame", "link_type data wire time")  # time in nanoseconds


def pcap_frames(data):
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    per_second = BILLION if data[:4] in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d") else 10 ** 6
    link_type = struct.unpack(order + "I", data[20:24])[0] & 0xFFFF
    at = 24
    while at + 16 <= len(data):
        seconds, fraction, captured, wire = struct.unpack(order + "4I", data[at:at + 16])
        at += 16
        if at + captured > len(data):
            return
        time = seconds * BILLION + fraction * (BILLION // per_second)
        yield Frame(link_type, data[at:at + captured], max(wire, captured), time), ""
        at += captured


def options_of(data, order):
    found = {}
    while len(data) >= 4:
        code, length = struct.unpack(order + "HH", data[:4])
        if code == 0:
            break
        found[code] = data[4:4 + length]
        data = data[4 + (length + 3) // 4 * 4:]
    return found


def interface_of(body, order):
    options = options_of(body[8:], order)
    resolution = options.get(9, b"\x06")[0]
    per_second = 2 ** (resolution & 0x7F) if resolution & 0x80 else 10 ** resolution
    offset = struct.unpack(order + "q", options[14])[0] if 14 in options else 0
    return struct.unpack(order + "H", body[:2])[0], per_second, offset


def pcapng_frames(data):
    """Yields frames of Enhanced Packet Blocks with their comment; no shared capture has other packets."""
    at, order, interfaces = 0, "<", []
    while at + 12 <= len(data):
        if data[at:at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            interfaces = []
        kind, length = struct.unpack(order + "2I", data[at:at + 8])
        if at + length > len(data):
            return
        body = data[at + 8:at + length - 4]
        at += length
        if kind == 1:
            interfaces.append(interface_of(body, order))
        elif kind == 6:
            number, high, low, captured, wire = struct.unpack(order + "5I", body[:20])
            link_type, per_second, offset = interfaces[number]
            time = offset * BILLION + ((high << 32) + low) * BILLION // per_second
            options = options_of(body[20 + (captured + 3) // 4 * 4:], order)
            comment = options.get(1, b"").decode()
            yield Frame(link_type, body[20:20 + captured], max(wire, captured), time), comment


def frames_of(path):
    data = path.read_bytes()
    return list(pcapng_frames(data) if data[:4] == b"\x0a\x0d\x0d\x0a" else pcap_frames(data))


def read(flowgauge, capture, parameters, rejected, scratch):
    summary = scratch / "summary.json"
    run = subprocess.run([flowgauge, "read", str(capture), "--n-dissections", "0", *parameters, "--output",
                          "/dev/null", "--summary", str(summary), "--rejected", str(rejected)], capture_output=True,
                         text=True, timeout=300, check=False)
    if run.returncode not in (0, 2, 3) or not summary.exists():  # 2: a filter that a link type does not know
        raise RuntimeError(f"status {run.returncode}: {run.stderr}")
    return json.loads(summary.read_text())


def capinfos_count(path):
    run = subprocess.run(["capinfos", "-TrcM", str(path)], capture_output=True, text=True, timeout=60, check=False)
    fields = run.stdout.strip().split("\t")
    if run.returncode != 0 or len(fields) < 2:
        raise RuntimeError(f"capinfos {path.name}: {run.stderr}")
    return int(fields[1])


def check_way(args, capture, way, captured, scratch):
    findings, rejected = [], scratch / "rejected.pcapng"
    summary = read(args.flowgauge, capture, [*way, "--workers", "1"], rejected, scratch)
    expected = {name: count for name, count in summary["packets_rejected"].items() if name != HEALTHY}
    written = frames_of(rejected)
    reasons = collections.Counter(comment for _, comment in written)
    if reasons != expected:
        findings.append(f"counters {expected}, written {dict(reasons)}")
    strange = collections.Counter(frame for frame, _ in written) - captured
    if strange:
        findings.append(f"{sum(strange.values())} frames are not as captured")
    if args.capinfos and capinfos_count(rejected) != len(written):
        findings.append(f"capinfos counts {capinfos_count(rejected)}, written {len(written)}")
    if "--max-nflows" not in way:  # where reading stops depends on the sink's thread
        again = scratch / "three.pcapng"
        read(args.flowgauge, capture, [*way, "--workers", "3"], again, scratch)
        if again.read_bytes() != rejected.read_bytes():
            findings.append("3 workers write another file")
    if not CONTEXT & set(reasons):
        second = read(args.flowgauge, rejected, way[:2] if "first_only" in way else [], scratch / "second", scratch)
        if second["packets_read"] != len(written) or second["packets_in_flows"] != 0:
            findings.append(f"read again: {second['packets_read']} frames, {second['packets_in_flows']} in flows")
    return [f"{' '.join(way) or 'plain'}: {finding}" for finding in findings], len(written)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flowgauge", required=True)
    parser.add_argument("--shared", required=True, type=pathlib.Path)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("captures", nargs="*", type=pathlib.Path)
    args = parser.parse_args()
    args.capinfos = shutil.which("capinfos") is not None
    captures = args.captures or [path for folder in ("pcaps", "pcaps-ndpi")
                                 for path in sorted((args.shared / folder).glob("*"))][::args.every]
    if not captures:
        print(f"skipped: no captures in {args.shared}; set FLOWGAUGE_SHARED")
        return 77
    failed, frames = 0, 0
    with tempfile.TemporaryDirectory() as scratch:
        for capture in captures:
            captured = collections.Counter(frame for frame, _ in frames_of(capture))
            findings = []
            for way in WAYS:
                try:
                    found, written = check_way(args, capture, way, captured, pathlib.Path(scratch))
                    findings += found
                    frames += written
                except RuntimeError as error:
                    findings.append(f"{' '.join(way)}: {error}")
            failed += bool(findings)
            for finding in findings:
                print(f"{capture.name}: {finding}")
    print(f"{len(captures)} captures, {len(WAYS)} ways, {frames} frames written; {failed} captures with findings")
    return 1 if failed or frames == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
