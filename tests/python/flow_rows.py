"""Rows of expected CSVs and of flows, and whether they say the same (shared/reference/nfstream-behaviour.md 17)."""

from __future__ import annotations

import collections
import csv
from typing import Any, Iterable

KEY = "src_ip dst_ip src_port dst_port protocol vlan_id tunnel_id bidirectional_first_seen_ms".split()
TIE = "bidirectional_last_seen_ms bidirectional_packets bidirectional_bytes".split()
# Of another nDPI than that of the expected rows.
DISSECTED = set(
    "application_name application_category_name application_is_guessed application_confidence requested_server_name "
    "client_fingerprint server_fingerprint user_agent content_type".split()
)

Row = dict[str, str]


def read_csv(path: str, nfstream: bool = False) -> tuple[list[str], list[Row]]:
    with open(path, newline="", encoding="utf-8") as file:
        quoting = {"doublequote": False, "escapechar": "\\"} if nfstream else {}
        reader = csv.DictReader(file, **quoting)
        return list(reader.fieldnames or []), list(reader)


def row_of(keys: Iterable[str], values: Iterable[Any]) -> Row:
    return {key: "" if value is None else str(value) for key, value in zip(keys, values)}


def _grouped(rows: list[Row]) -> dict[tuple[str, ...], list[Row]]:
    groups = collections.defaultdict(list)
    for row in rows:
        groups[tuple(row.get(key, "0") for key in KEY)].append(row)
    for group in groups.values():
        group.sort(key=lambda row: [int(row[tie]) for tie in TIE])
    return groups


def _equal(a: str, b: str) -> bool:
    if a == b:
        return True
    try:
        x, y = float(a), float(b)
    except ValueError:
        return False
    return abs(x - y) <= 1e-9 * max(1.0, abs(x), abs(y))


def differences(expected: list[Row], got: list[Row]) -> list[str]:
    """Columns are those of `expected`."""
    found = []
    wanted, given = _grouped(expected), _grouped(got)
    for key in sorted(set(wanted) | set(given)):
        if len(wanted[key]) != len(given[key]):
            found.append(f"{key}: {len(wanted[key])} rows expected, {len(given[key])} there")
        for a, b in zip(wanted[key], given[key]):
            for column in a:
                if column != "id" and column not in DISSECTED and not _equal(a[column], b.get(column, "(none)")):
                    found.append(f"{key} {column}: {a[column]!r} expected, {b.get(column)!r} there")
    return found
