"""Flows of NFStreamer held against the rows that NFStream gave for the same captures: by iteration, by to_csv()
and, where there is pandas, by to_pandas(). Skipped without the folder that FLOWGAUGE_SHARED names.

Usage: PYTHONPATH=python:tests/python python -m unittest reference_test
FLOWGAUGE_CAPTURES=N takes every N-th capture.
"""

from __future__ import annotations

import os
import tempfile
import unittest
from pathlib import Path

from flow_rows import Row, differences, read_csv, row_of

from flowgauge import NFStreamer
from flowgauge.plugins import DHCP, JA4, MDNS, SPLT, FlowSlicer

SHARED = Path(os.environ.get("FLOWGAUGE_SHARED", "/work/shared"))
EXPECTED = SHARED / "nfstream-expected"
CAPTURES = SHARED / "pcaps"
EVERY = int(os.environ.get("FLOWGAUGE_CAPTURES", "1"))

BASE = {"n_dissections": 20, "statistical_analysis": True, "splt_analysis": 10}
METERED = {**BASE, "n_dissections": 0}
PLAIN = {"n_dissections": 0}
VARIANTS = {
    "acc1": {**METERED, "accounting_mode": 1},
    "acc2": {**METERED, "accounting_mode": 2},
    "acc3": {**METERED, "accounting_mode": 3},
    "notunnel": {**METERED, "decode_tunnels": False},
    "idle1act5": {**METERED, "idle_timeout": 1, "active_timeout": 5},
    "plugin_DHCP": {**PLAIN, "udps": DHCP},
    "plugin_MDNS": {**PLAIN, "udps": MDNS},
    "plugin_JA4": {**PLAIN, "udps": JA4},
    "plugin_SPLT": {**PLAIN, "udps": lambda: SPLT(sequence_length=7, accounting_mode=3)},
    "plugin_SLICER4": {**PLAIN, "udps": lambda: FlowSlicer(limit=4)},
}
# Flows that differ from NFStream's on purpose (docs/DIFFERENCES.md).
EXCEPTIONS = Path(__file__).resolve().parent.parent / "truth" / "exceptions"


def left_out(table: Path, row: Row) -> bool:
    """Of IPv6 NFStream's accounting_mode 1 leaves the header out; other bugs are listed flow by flow."""
    if table.name.endswith(".acc1.csv") and ":" in row["src_ip"]:
        return True
    listed = EXCEPTIONS / f"{table.name}.txt"
    if not listed.exists():
        return False
    flow = [row[name] for name in ("src_ip", "dst_ip", "src_port", "dst_port", "protocol")]
    lines = [line.split(",")[:5] for line in listed.read_text().splitlines() if not line.startswith("#")]
    return flow in lines


def wrong(table: Path, expected: list[Row], got: list[Row]) -> list[str]:
    expected, got = ([row for row in rows if not left_out(table, row)] for rows in (expected, got))
    return differences(expected, got)[:3]


def cases() -> list[tuple[Path, Path, dict]]:
    found = []
    for table in sorted(EXPECTED.glob("*.csv")):
        name, variant = table.stem, ""
        if name.rpartition(".")[2] in VARIANTS:
            name, _, variant = name.rpartition(".")
        capture = CAPTURES / name
        if capture.exists():
            found.append((table, capture, VARIANTS.get(variant, BASE)))
    return found[::EVERY]


def made(options: dict) -> dict:
    """Plugins are made anew for each run."""
    return {name: value() if name == "udps" else value for name, value in options.items()}


@unittest.skipUnless(EXPECTED.is_dir(), "no folder of expected flows: FLOWGAUGE_SHARED")
class Reference(unittest.TestCase):
    def check(self, rows_of, files=None):
        for table, capture, options in cases():
            if files and not files(table):
                continue
            with self.subTest(table.name):
                names, expected = read_csv(str(table), nfstream=True)
                got_names, got = rows_of(capture, made(options))
                if expected:
                    self.assertEqual(got_names, names)
                self.assertEqual(wrong(table, expected, got), [])

    def test_iteration(self):
        def rows_of(capture, options):
            flows = list(NFStreamer(source=str(capture), **options))
            names = flows[0].keys() if flows else []
            return names, [row_of(flow.keys(), flow.values()) for flow in flows]

        self.check(rows_of)

    def test_two_meters(self):
        def rows_of(capture, options):
            flows = list(NFStreamer(source=str(capture), n_meters=2, **options))
            return (flows[0].keys() if flows else []), [row_of(flow.keys(), flow.values()) for flow in flows]

        self.check(rows_of, files=lambda table: "plugin" not in table.name and table.name < "d")

    def test_to_csv(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "flows.csv")

            def rows_of(capture, options):
                count = NFStreamer(source=str(capture), **options).to_csv(path)
                if count == 0:
                    self.assertFalse(os.path.exists(path))
                    return [], []
                names, rows = read_csv(path)
                self.assertEqual(len(rows), count)
                os.unlink(path)
                return names, rows

            self.check(rows_of)

    def test_to_pandas(self):
        try:
            import pandas
        except ImportError:
            self.skipTest("no pandas")
        for table, capture, options in cases():
            with self.subTest(table.name):
                got = NFStreamer(source=str(capture), **made(options)).to_pandas()
                expected = pandas.read_csv(table, escapechar="\\", doublequote=False)
                if got is None:
                    self.assertEqual(len(expected), 0)
                    continue
                self.assertEqual(list(got.columns), list(expected.columns))
                metered = [c for c in got.columns if "application" not in c and "fingerprint" not in c]
                metered = [c for c in metered if c not in ("user_agent", "content_type", "requested_server_name")]
                self.assertEqual(
                    {c: str(got[c].dtype) for c in metered}, {c: str(expected[c].dtype) for c in metered}
                )
                rows = [row_of(got.columns, ["" if v != v else v for v in row]) for row in got.values.tolist()]
                _, wanted = read_csv(str(table), nfstream=True)
                self.assertEqual(wrong(table, wanted, rows), [])

    def test_list_of_files(self):
        parts = [CAPTURES / f"one_flow_{n}.pcap" for n in ("1_5", "6_10", "11_15", "16_19")]
        table = EXPECTED / "one_flow_1_5+6_10+11_15+16_19.multi.csv"
        if not table.exists() or not all(part.exists() for part in parts):
            self.skipTest("no such captures")
        _, expected = read_csv(str(table), nfstream=True)
        flows = list(NFStreamer(source=[str(part) for part in parts], **BASE))
        self.assertEqual(differences(expected, [row_of(f.keys(), f.values()) for f in flows]), [])


if __name__ == "__main__":
    unittest.main()
