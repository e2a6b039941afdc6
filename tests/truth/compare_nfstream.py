#!/usr/bin/env python3
"""Compares flowgauge's rows with those that NFStream 6.5.4 wrote for the same captures.

    compare_nfstream.py --flowgauge BIN --shared DIR [--only NAME]...

For each expected CSV in DIR/nfstream-expected: the capture is read with the parameters that the file's name
says, and DIR/tools/compare_flows.py compares all columns but those of nDPI. Exceptions are the files beside this
one: exceptions/EXPECTED_NAME.txt, one flow a line with the NFStream bug behind it. IPv6 rows of *.acc1 are compared
without sizes: NFStream leaves the IPv6 header out of them.
Exit status: 0 equal, 1 different, 77 nothing to compare.
"""
import argparse
import csv
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ALL = ["--fragments", "first_only"]
BASE = [*ALL, "--statistical-analysis", "--splt-analysis", "10"]
VARIANTS = {
    "acc1": ["--accounting-mode", "1", "--n-dissections", "0"],
    "acc2": ["--accounting-mode", "2", "--n-dissections", "0"],
    "acc3": ["--accounting-mode", "3", "--n-dissections", "0"],
    "notunnel": ["--decode-tunnels", "none", "--n-dissections", "0"],
    "idle1act5": ["--idle-timeout", "1", "--active-timeout", "5", "--n-dissections", "0"],
    "multi": [],
}
# Each reads with one plugin, without dissection, statistics and sequences.
PLUGINS = {
    "plugin_SPLT": "builtin: splt, arguments: {sequence_length: 7, accounting_mode: 3}",
    "plugin_SLICER4": "builtin: flow_slicer, arguments: {limit: 4}",
    "plugin_DHCP": "builtin: dhcp",
    "plugin_MDNS": "builtin: mdns",
    "plugin_JA4": "builtin: ja4",
}
SIZE_COLUMN = re.compile(r"(_bytes|_ps)$")


def captures_of(name, folder):
    """The captures behind an expected file, and its variant; none for variants that are not known."""
    stem = name[: -len(".csv")]
    if (folder / stem).exists():
        return [folder / stem], None
    stem, _, variant = stem.rpartition(".")
    if variant == "multi":
        common, _, first = stem.partition("_1_5+")
        parts = ["1_5"] + first.split("+")
        return [folder / f"{common}_{part}.pcap" for part in parts], variant
    if variant in (*VARIANTS, *PLUGINS) and (folder / stem).exists():
        return [folder / stem], variant
    return [], variant


def read_flows(flowgauge, captures, variant, output):
    options = [*BASE, *VARIANTS.get(variant, [])]
    if variant in PLUGINS:
        configuration = output.parent / "plugin.yaml"
        configuration.write_text(f"version: 1\nplugins: [{{name: p, {PLUGINS[variant]}}}]\n", encoding="utf-8")
        options = [*ALL, "--n-dissections", "0", "--config", str(configuration)]
    command = [flowgauge, "read", *map(str, captures), *options, "--output", str(output)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def compare(shared, expected, actual, exceptions, ignored=()):
    command = [sys.executable, str(shared / "tools" / "compare_flows.py"), str(expected), str(actual), "--no-dpi",
               "--show", "4"]
    if exceptions:
        command += ["--except", str(exceptions)]
    for column in ignored:
        command += ["--ignore", column]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def ipv6_rows(expected, into):
    """Writes the flows of IPv6 in `expected` as exceptions."""
    with open(expected, newline="", encoding="utf-8") as handle, open(into, "w", encoding="utf-8") as out:
        rows = list(csv.DictReader(handle))
        for row in rows:
            if row["ip_version"] == "6":
                out.write(",".join(row[c] for c in ("src_ip", "dst_ip", "src_port", "dst_port", "protocol")) + "\n")
        return [column for column in rows[0] if SIZE_COLUMN.search(column)]


def check(args, expected, scratch):
    captures, variant = captures_of(expected.name, args.shared / "pcaps")
    if not captures:
        return None
    actual = scratch / "actual.csv"
    run = read_flows(args.flowgauge, captures, variant, actual)
    if run.returncode not in (0, 3):
        return f"{expected.name}: flowgauge ended with {run.returncode}: {run.stderr}"
    exceptions = HERE / "exceptions" / f"{expected.name}.txt"
    exceptions = exceptions if exceptions.exists() else None
    if variant == "acc1":
        rows = scratch / "ipv6.txt"
        sizes = ipv6_rows(expected, rows)
        results = [compare(args.shared, expected, actual, rows), compare(args.shared, expected, actual, None, sizes)]
    else:
        results = [compare(args.shared, expected, actual, exceptions)]
    wrong = [result.stdout + result.stderr for result in results if result.returncode != 0]
    return f"{expected.name}:\n" + "".join(wrong) if wrong else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flowgauge", required=True)
    parser.add_argument("--shared", required=True, type=pathlib.Path)
    parser.add_argument("--only", action="append", default=[])
    args = parser.parse_args()
    expected_files = sorted((args.shared / "nfstream-expected").glob("*.csv"))
    if not expected_files:
        print(f"skipped: no {args.shared}/nfstream-expected; set FLOWGAUGE_SHARED")
        return 77
    equal, different, left_out = 0, 0, 0
    with tempfile.TemporaryDirectory() as scratch:
        for expected in expected_files:
            if args.only and expected.name not in args.only:
                continue
            finding = check(args, expected, pathlib.Path(scratch))
            if finding is None:
                left_out += 1
            elif finding:
                different += 1
                print(finding)
            else:
                equal += 1
    print(f"{equal} equal, {different} different, {left_out} left out")
    return 1 if different or not equal else 0


if __name__ == "__main__":
    sys.exit(main())
