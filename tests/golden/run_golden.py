#!/usr/bin/env python3
"""Reads each golden capture and compares rows and counters byte for byte.

    run_golden.py --flowgauge BIN [--update] [CASE...]

A case is a folder beside this file: input.pcap or input.pcapng, parameters.txt (options of `flowgauge read`, after
comments that say what it shows), expected.csv and expected.json (of --summary, without seconds), and where it is
about them expected.pcapng (of --rejected). One and three workers must give the same, and as many rejected frames as
they count. --update writes what is expected anew: look at the difference before you commit it.
Exit status: 0 equal, 1 not.
"""
import argparse
import json
import pathlib
import shlex
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ENHANCED_PACKET = 6


def parameters_of(case):
    lines = (case / "parameters.txt").read_text(encoding="utf-8").splitlines()
    return shlex.split(" ".join(line for line in lines if not line.startswith("#")))


def read(flowgauge, case, workers, scratch):
    capture = next(case.glob("input.*"))
    output, summary, rejected = scratch / "rows.csv", scratch / "summary.json", scratch / "rejected.pcapng"
    run = subprocess.run([flowgauge, "read", str(capture), *parameters_of(case), "--workers", str(workers), "--output",
                          str(output), "--summary", str(summary), "--rejected", str(rejected)],
                         capture_output=True, text=True, timeout=60, check=False)
    counters = json.loads(summary.read_text(encoding="utf-8"))
    del counters["seconds"]
    counters["status"] = run.returncode
    return output.read_bytes(), json.dumps(counters, indent=1) + "\n", rejected.read_bytes()


def packets_in(pcapng):
    count = 0
    while pcapng:
        kind, length = struct.unpack("<2I", pcapng[:8])
        count += kind == ENHANCED_PACKET
        pcapng = pcapng[length:]
    return count


def difference(name, expected, actual):
    for number, (x, y) in enumerate(zip(expected.splitlines(), actual.splitlines()), start=1):
        if x != y:
            return f"{name}: line {number}\n  expected {x!r}\n  actual   {y!r}"
    return f"{name}: {len(expected.splitlines())} lines expected, {len(actual.splitlines())} actual"


def check(flowgauge, case, update, scratch):
    rows, counters, rejected = read(flowgauge, case, 1, scratch)
    about_rejected = (case / "expected.pcapng").exists()
    if update:
        (case / "expected.csv").write_bytes(rows)
        (case / "expected.json").write_text(counters, encoding="utf-8")
        if about_rejected:
            (case / "expected.pcapng").write_bytes(rejected)
    findings = []
    expected = (case / "expected.csv").read_bytes()
    if rows != expected:
        findings.append(difference("rows", expected, rows))
    expected = (case / "expected.json").read_text(encoding="utf-8")
    if counters != expected:
        findings.append(difference("counters", expected, counters))
    if about_rejected and rejected != (case / "expected.pcapng").read_bytes():
        findings.append(f"rejected frames: {len(rejected)} bytes differ from expected.pcapng")
    counts = json.loads(counters)["packets_rejected"]
    counted = sum(counts.values()) - counts.get("reassembled_fragment", 0)
    if packets_in(rejected) != counted:
        findings.append(f"{packets_in(rejected)} rejected frames written, {counted} counted")
    if read(flowgauge, case, 3, scratch) != (rows, counters, rejected):
        findings.append("three workers give something else than one")
    return findings


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flowgauge", required=True)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("cases", nargs="*")
    args = parser.parse_args()
    cases = [HERE / name for name in args.cases] or sorted(path.parent for path in HERE.glob("*/parameters.txt"))
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        for case in cases:
            findings = check(args.flowgauge, case, args.update, pathlib.Path(scratch))
            failed += bool(findings)
            for finding in findings:
                print(f"{case.name}: {finding}")
    print(f"{len(cases)} cases, {failed} failed")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
