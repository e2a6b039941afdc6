#!/usr/bin/env python3
"""The same capture gives the same rows in the same order for any number of workers, and its frames add up.

    same_rows.py --flowgauge BIN --shared DIR [--every N] [CAPTURE...]

For each capture (all of DIR/pcaps and DIR/pcaps-ndpi, or every Nth, or those named), with NFStream's tunnels, and again
with all tunnels, flows that end with their TCP connection, and without nDPI: 1, 2, 3 and 7 workers write byte-equal output; packets_read = packets_in_flows + sum of packets_rejected, and equals what capinfos counts. nDPI
keeps caches per worker, so columns of dissection may differ in flows whose confidence is "cache" (5): their share is
printed and must stay below 1 %.
Exit status: 0 as said, 1 not, 77 nothing to read.
"""
import argparse
import csv
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

WORKERS = (1, 2, 3, 7)
PARAMETERS = (["--statistical-analysis", "--splt-analysis", "10"],
              ["--decode-tunnels", "all", "--end-on-tcp", "fin_rst", "--n-dissections", "0"])
DPI = {"application_name", "application_category_name", "application_is_guessed", "application_confidence",
       "requested_server_name", "client_fingerprint", "server_fingerprint", "user_agent", "content_type",
       "alpn", "tls_version", "risks"}


def read(flowgauge, capture, parameters, workers, scratch):
    output, summary = scratch / f"{workers}.csv", scratch / f"{workers}.json"
    run = subprocess.run([flowgauge, "read", str(capture), *parameters, "--workers", str(workers), "--output",
                          str(output), "--summary", str(summary)], capture_output=True, text=True, timeout=300,
                         check=False)
    if run.returncode not in (0, 3):
        raise RuntimeError(f"{workers} workers: status {run.returncode}: {run.stderr}")
    return output, json.loads(summary.read_text())


def frames_by_capinfos(capture):
    run = subprocess.run(["capinfos", "-TrcM", str(capture)], capture_output=True, text=True, timeout=60, check=False)
    fields = run.stdout.strip().split("\t")
    return int(fields[1]) if run.returncode == 0 and len(fields) > 1 else None


def cached_differences(one, other):
    """How many rows differ in columns of dissection alone, all of them answers from a cache; -1 for any other."""
    with open(one, newline="", encoding="utf-8") as a, open(other, newline="", encoding="utf-8") as b:
        rows_one, rows_other = list(csv.DictReader(a)), list(csv.DictReader(b))
    if len(rows_one) != len(rows_other):
        return -1
    count = 0
    for x, y in zip(rows_one, rows_other):
        wrong = {column for column in x if x[column] != y[column]}
        if wrong - DPI or (wrong and "5" not in (x["application_confidence"], y["application_confidence"])):
            return -1
        count += bool(wrong)
    return count


def check(args, capture, parameters, scratch):
    findings, differing = [], 0
    first, summary = read(args.flowgauge, capture, parameters, 1, scratch)
    total = summary["packets_in_flows"] + sum(summary["packets_rejected"].values())
    if summary["packets_read"] != total:
        findings.append(f"packets_read {summary['packets_read']}, accounted for {total}")
    if shutil.which("capinfos"):
        frames = frames_by_capinfos(capture)
        if frames is not None and frames != summary["packets_read"]:
            findings.append(f"packets_read {summary['packets_read']}, capinfos {frames}")
    for workers in WORKERS[1:]:
        output, other = read(args.flowgauge, capture, parameters, workers, scratch)
        if other["packets_rejected"] != summary["packets_rejected"]:
            findings.append(f"{workers} workers reject {other['packets_rejected']}")
        if output.read_bytes() != first.read_bytes():
            cached = cached_differences(first, output)
            differing += max(cached, 0)
            if cached < 0:
                findings.append(f"{workers} workers: other rows")
    return findings, differing, summary["flows"] * (len(WORKERS) - 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flowgauge", required=True)
    parser.add_argument("--shared", required=True, type=pathlib.Path)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("captures", nargs="*", type=pathlib.Path)
    args = parser.parse_args()
    captures = args.captures or [path for folder in ("pcaps", "pcaps-ndpi")
                                 for path in sorted((args.shared / folder).glob("*"))][::args.every]
    if not captures:
        print(f"skipped: no captures in {args.shared}; set FLOWGAUGE_SHARED")
        return 77
    failed, differing, rows = 0, 0, 0
    with tempfile.TemporaryDirectory() as scratch:
        for capture in captures:
            for parameters in PARAMETERS:
                try:
                    findings, cached, compared = check(args, capture, parameters, pathlib.Path(scratch))
                except RuntimeError as error:
                    findings, cached, compared = [str(error)], 0, 0
                failed += bool(findings)
                differing += cached
                rows += compared
                for finding in findings:
                    print(f"{capture.name} {' '.join(parameters)}: {finding}")
    print(f"{len(captures)} captures, {failed} with findings; {differing} of {rows} rows differ by nDPI's caches")
    return 1 if failed or differing > rows * 0.01 else 0


if __name__ == "__main__":
    sys.exit(main())
