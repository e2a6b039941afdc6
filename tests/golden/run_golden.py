#!/usr/bin/env python3
"""Reads each golden capture and compares rows and counters byte for byte.

    run_golden.py --flowgauge BIN [--update] [CASE...]

A case is a folder beside this file: input.pcap or input.pcapng, parameters.txt (options of `flowgauge read`, after
comments that say what it shows), expected.csv and expected.json (of --summary, without seconds). One and three
workers must give the same. --update writes what is expected anew: look at the difference before you commit it.
Exit status: 0 equal, 1 not.
"""
import argparse
import json
import pathlib
import shlex
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def parameters_of(case):
    lines = (case / "parameters.txt").read_text(encoding="utf-8").splitlines()
    return shlex.split(" ".join(line for line in lines if not line.startswith("#")))


def read(flowgauge, case, workers, scratch):
    capture = next(case.glob("input.*"))
    output, summary = scratch / "rows.csv", scratch / "summary.json"
    run = subprocess.run([flowgauge, "read", str(capture), *parameters_of(case), "--workers", str(workers), "--output",
                          str(output), "--summary", str(summary)], capture_output=True, text=True, timeout=60,
                         check=False)
    counters = json.loads(summary.read_text(encoding="utf-8"))
    del counters["seconds"]
    counters["status"] = run.returncode
    return output.read_bytes(), json.dumps(counters, indent=1) + "\n"


def difference(name, expected, actual):
    for number, (x, y) in enumerate(zip(expected.splitlines(), actual.splitlines()), start=1):
        if x != y:
            return f"{name}: line {number}\n  expected {x!r}\n  actual   {y!r}"
    return f"{name}: {len(expected.splitlines())} lines expected, {len(actual.splitlines())} actual"


def check(flowgauge, case, update, scratch):
    rows, counters = read(flowgauge, case, 1, scratch)
    if update:
        (case / "expected.csv").write_bytes(rows)
        (case / "expected.json").write_text(counters, encoding="utf-8")
    findings = []
    expected = (case / "expected.csv").read_bytes()
    if rows != expected:
        findings.append(difference("rows", expected, rows))
    expected = (case / "expected.json").read_text(encoding="utf-8")
    if counters != expected:
        findings.append(difference("counters", expected, counters))
    if read(flowgauge, case, 3, scratch) != (rows, counters):
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
