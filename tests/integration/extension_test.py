#!/usr/bin/env python3
"""Computed features, plugins and models of one configuration, in every output of the program.

    extension_test.py --flowgauge PROGRAM --captures tests/golden

Features are chosen so that the program's own columns say the same.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import pathlib
import subprocess
import sys
import tempfile
import time

DEADLINE_SECONDS = 60

# Feature -> the built-in column of the same value; absent where that is said of no packet.
TWINS = {
    "all_packets": ("count()", "bidirectional_packets"),
    "{direction}_size": ("sum(packet.raw_size)", "{direction}_bytes"),
    "{direction}_count": ("count()", "{direction}_packets"),
    "{direction}_smallest": ("min(packet.raw_size)", "{direction}_min_ps"),
    "{direction}_largest": ("max(packet.raw_size)", "{direction}_max_ps"),
    "{direction}_average": ("mean(packet.raw_size)", "{direction}_mean_ps"),
    "{direction}_deviation": ("stddev(packet.raw_size)", "{direction}_stddev_ps"),
    "{direction}_syns": ("count(packet.syn == 1)", "{direction}_syn_packets"),
    "{direction}_fins": ("count(where packet.fin == 1)", "{direction}_fin_packets"),
    "forward": ("count(packet.direction == src2dst)", "src2dst_packets"),
    "begin": ("first(packet.time)", "bidirectional_first_seen_ms"),
    "end": ("last(packet.time)", "bidirectional_last_seen_ms"),
    "ratio": ("bidirectional_syn_packets / bidirectional_packets", None),
    "first_payload": ("first(packet.payload_size where packet.payload_size > 0)", None),
    "small": ("any(packet.raw_size < 60)", None),
    "twice": ("udps.all_packets * 2", None),
    "name": ("if(protocol == 6, 'tcp \"quoted\"', 'other, it is')", None),
}
DIRECTIONS = ("bidirectional", "src2dst", "dst2src")


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def run(arguments, *words, status=0):
    done = subprocess.run([arguments.flowgauge, *words], capture_output=True, text=True, timeout=DEADLINE_SECONDS,
                          check=False)
    expect(done.returncode == status, f"{words}: status {done.returncode}: {done.stderr}")
    return done


def configuration(scratch, sinks=(), plugins=(), models=(), features=None):
    """Writes a file; JSON is YAML."""
    path = scratch / "flowgauge.yaml"
    path.write_text(json.dumps({
        "version": 1,
        "statistics": {"statistical_analysis": True, "splt_analysis": 7},
        "dissection": {"n_dissections": 0},
        "features": {name: text for name, (text, _) in TWINS.items()} if features is None else features,
        "plugins": list(plugins), "models": list(models), "sinks": list(sinks)}), encoding="utf-8")
    return path


def check_twins(rows):
    expect(rows, "no rows")
    for row in rows:
        for name, (_, column) in TWINS.items():
            for direction in DIRECTIONS if "{direction}" in name else [""]:
                if column is None:
                    continue
                mine = row["udps." + name.replace("{direction}", direction)]
                other = row[column.replace("{direction}", direction)]
                none = int(row[f"{direction or 'bidirectional'}_packets"]) == 0
                if none and mine == "":
                    continue  # of no packet there is no smallest
                expect(math.isclose(float(mine), float(other), rel_tol=1e-12, abs_tol=1e-12),
                       f"{name} {direction}: {mine} instead of {other}: {row}")
        expect(int(row["udps.twice"]) == 2 * int(row["bidirectional_packets"]), f"twice: {row}")
        ratio = int(row["bidirectional_syn_packets"]) / int(row["bidirectional_packets"])
        expect(math.isclose(float(row["udps.ratio"]), ratio), f"ratio: {row}")
        expect(row["udps.name"] == ('tcp "quoted"' if row["protocol"] == "6" else "other, it is"), f"name: {row}")


def only_file(scratch, kind):
    """A sink puts time and number behind the name."""
    found = list(scratch.glob(f"flows*.{kind}"))
    expect(len(found) == 1, f"files of {kind}: {found}")
    return found[0]


def every_output(arguments, scratch):
    """One run into files of every format: the same values in all."""
    sinks = [{"name": kind, "type": "file", "format": kind, "path": str(scratch / f"flows.{kind}")}
             for kind in ("csv", "jsonl", "ipfix", "parquet")]
    plugins = [{"name": "early", "builtin": "splt", "arguments": {"sequence_length": 7, "accounting_mode": 0}}]
    path = configuration(scratch, sinks, plugins)
    run(arguments, "read", str(arguments.captures / "loopback_programs" / "input.pcap"), "--config", str(path))
    with open(only_file(scratch, "csv"), newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    check_twins(rows)
    for row in rows:
        for part in ("direction", "ps", "piat_ms"):
            expect(row[f"udps.splt_{part}"] == row[f"splt_{part}"], f"splt_{part}: {row}")
    lines = [json.loads(line) for line in only_file(scratch, "jsonl").read_text(encoding="utf-8").splitlines()]
    expect(len(lines) == len(rows), "rows of JSON")
    for line, row in zip(lines, rows):
        for name, text in row.items():
            if not name.startswith("udps."):
                continue
            value = line.get(name)
            same = (text == "" if value is None else
                    str(value) == text if isinstance(value, (list, str)) else float(value) == float(text))
            expect(same, f"{name}: {value!r} in JSON, {text!r} in CSV")
    expect(only_file(scratch, "parquet").stat().st_size > 0 and only_file(scratch, "ipfix").stat().st_size > 0, "files")
    return len(rows)


def workers_agree(arguments, scratch):
    slicer = {"name": "slicer", "builtin": "flow_slicer", "arguments": {"limit": 3}}
    path = configuration(scratch, plugins=[slicer])
    capture = str(arguments.captures / "loopback_programs" / "input.pcap")
    texts = [run(arguments, "read", capture, "--config", str(path), "--workers", str(workers), "--format", "csv").stdout
             for workers in (1, 2, 3)]
    expect(texts[0] == texts[1] == texts[2] and texts[0], "rows depend on the number of workers")
    rows = list(csv.DictReader(texts[0].splitlines()))
    expect(all(int(row["bidirectional_packets"]) <= 3 for row in rows), "the slicer's limit")
    expect({row["expiration_id"] for row in rows} == {"-1", "0"}, "ends by the slicer, and others")
    check_twins(rows)


def mistakes(arguments, scratch):
    """Each has its place, what is wrong and what to do."""
    for features, message in (
            ({"a": "count(packet.raw_siz == 1)"}, "raw_size"),
            ({"a": "packet.raw_size + 1"}, "features.a"),
            ({"a": "sum(count())"}, "features.a"),
            ({"a b": "1"}, "features.a b"),
            ({"a": "src_ip +"}, "at column")):
        path = configuration(scratch, features=features)
        done = run(arguments, "check", "--config", str(path), status=2)
        expect(message in done.stderr and str(path) in done.stderr, f"{features}: {done.stderr}")
    for section, entry, message in (
            ("plugins", {"name": "a", "file": "/nowhere/a.so"}, "/nowhere/a.so"),
            ("plugins", {"name": "a", "builtin": "nothing"}, "nothing"),
            ("plugins", {"name": "a", "builtin": "dhcp", "arguments": {"x": 1}}, "x"),
            ("plugins", {"name": "a"}, "needs builtin or file"),
            ("models", {"name": "a", "file": "/nowhere/a.fgm"}, "/nowhere/a.fgm"),
            ("models", {"name": "a"}, "needs file")):
        path = configuration(scratch, features={}, **{section: [entry]})
        done = run(arguments, "check", "--config", str(path), status=2)
        expect(message in done.stderr and f"{section}.a" in done.stderr, f"{entry}: {done.stderr}")


CASES = {"every output": every_output, "workers agree": workers_agree, "mistakes": mistakes}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flowgauge", required=True)
    parser.add_argument("--captures", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    failed = []
    for name, case in CASES.items():
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as scratch:
            try:
                case(arguments, pathlib.Path(scratch))
                print(f"ok     {name} ({time.monotonic() - began:.1f} s)", flush=True)
            except AssertionError as error:
                failed.append(name)
                print(f"FAILED {name}: {error}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
