#!/usr/bin/env python3
"""`flowgauge read --rejected` from outside: tools of others read the file, and every failure has its status.

    rejected_test.py --flowgauge BIN --golden DIR

Exit status: 0 all hold, 1 not.
"""
import argparse
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile


class Checks:
    def __init__(self, flowgauge, scratch):
        self.flowgauge, self.scratch, self.failures = flowgauge, scratch, 0

    def that(self, holds, what):
        self.failures += not holds
        if not holds:
            print(f"not so: {what}")

    def run(self, *arguments, **options):
        return subprocess.run([self.flowgauge, *map(str, arguments)], capture_output=True, timeout=120, check=False,
                              **options)


def lines_of(*command):
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return run.stdout.splitlines() if run.returncode == 0 else None


def written_and_counted(rejected, summary):
    data, written = rejected.read_bytes(), 0
    while data:
        kind, length = struct.unpack("<2I", data[:8])
        written += kind == 6
        data = data[length:]
    counts = json.loads(summary.read_text(encoding="utf-8"))
    reasons = counts["packets_rejected"]
    return written, sum(reasons.values()) - reasons.get("reassembled_fragment", 0), counts["packets_read"]


def check_tools(checks, capture):
    rejected = checks.scratch / "tools.pcapng"
    with open(capture, "rb") as pipe:
        run = checks.run("read", "-", "--rejected", rejected, stdin=pipe)
    checks.that(run.returncode == 0, f"standard input is read: {run.stderr}")
    if shutil.which("tshark"):
        arp = lines_of("tshark", "-r", str(rejected), "-Y", 'frame.comment == "arp"', "-T", "fields", "-e", "eth.type")
        checks.that(arp == ["0x0806"] * 2, f"tshark finds the 2 ARP frames by their comment: {arp}")
    if shutil.which("tcpdump"):
        seen = lines_of("tcpdump", "-nr", str(rejected))
        frames = [line for line in seen or () if not line.startswith("\t")]  # the rest are dumps of bytes
        checks.that(len(frames) == 6, f"tcpdump reads 6 frames: {seen}")


def check_failures(checks, capture):
    plain = checks.run("read", capture).stdout
    full = checks.run("read", capture, "--rejected", "/dev/full")
    checks.that(full.returncode == 4, f"a full disk is status 4: {full.returncode}")
    checks.that(b"/dev/full: No space left on device" in full.stderr, f"and its message says so: {full.stderr}")
    checks.that(full.stdout == plain and plain.count(b"\n") > 1, "and flows are delivered all the same")
    missing = checks.run("read", capture, "--rejected", checks.scratch / "no" / "folder")
    checks.that(missing.returncode == 4 and not missing.stdout, "a file that cannot be made is status 4, at once")
    copy = checks.scratch / "copy.pcap"
    shutil.copy(capture, copy)
    for arguments in (("read", capture, "--rejected", "-"), ("read", copy, "--rejected", copy),
                      ("run", "--interface", "lo", "--rejected", checks.scratch / "live.pcapng")):
        run = checks.run(*arguments)
        checks.that(run.returncode == 2 and b"--rejected: " in run.stderr, f"{arguments}: status 2, not {run}")
    checks.that(copy.read_bytes() == pathlib.Path(capture).read_bytes(), "a file to be read is not overwritten")


def check_early_end(checks):
    """ARP and flows of one packet in turn, each flow idle when the next comes. After the first record nothing more is
    wanted; a reader that meters itself notices at the latest when the queue to the sink (4,096 records) has been full,
    one that gives packets to others may have read all by then."""
    frames = 40000
    udp = bytes(12) + b"\x08\x00" + struct.pack("!BBHHHBBH", 0x45, 0, 28, 1, 0, 64, 17, 0) + bytes((10, 0, 0, 1)) + \
        bytes((10, 0, 0, 2)) + struct.pack("!HHHH", 1000, 53, 8, 0)
    arp = bytes(12) + b"\x08\x06" + bytes(28)
    capture, summary = checks.scratch / "early.pcap", checks.scratch / "early.json"
    with open(capture, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for i in range(frames):
            file.write(struct.pack("<IIII", 1700000000 + 200 * i, 0, 42, 42) + (arp if i % 2 else udp))
    rejected = checks.scratch / "early.pcapng"
    for meters in "1", "2":
        run = checks.run("read", capture, "--n-meters", meters, "--n-dissections", "0", "--max-nflows", "1", "--rejected",
                         rejected, "--summary", summary, "--output", "/dev/null")
        written, counted, read = written_and_counted(rejected, summary)
        wanted = range(1, frames) if meters == "1" else range(1, frames + 1)
        checks.that(run.returncode == 0 and read in wanted, f"reading ends early: {read} of {frames}")
        checks.that(written == counted == read // 2, f"only frames that were read are rejected: {written}, {counted}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flowgauge", required=True)
    parser.add_argument("--golden", required=True, type=pathlib.Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        checks = Checks(args.flowgauge, pathlib.Path(scratch))
        check_tools(checks, args.golden / "tags" / "input.pcap")
        check_failures(checks, args.golden / "tags" / "input.pcap")
        check_early_end(checks)
    print(f"{checks.failures} failures")
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())
