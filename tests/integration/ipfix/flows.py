"""Flows as a CSV file has them and as collectors report them, in one form that can be compared."""
from __future__ import annotations

import ast
import collections
import csv
import struct

UNITS = {"ms": 1, "us": 1000, "ns": 1000000}  # ticks of a millisecond
FLAGS = ("fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr")  # from the lowest bit


def flags_of(row, direction):
    """The union of TCP flags, or None where the CSV has no statistics."""
    if f"{direction}_syn_packets" not in row:
        return None
    return sum(1 << bit for bit, flag in enumerate(FLAGS) if int(row[f"{direction}_{flag}_packets"]))


def cut(text):
    """As IPFIX has a text: what is no UTF-8 is replaced, at most 255 bytes, whole characters."""
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return text.encode()[:255].decode("utf-8", "ignore")


def extension_of(row):
    """Columns of an extension as their elements have them, or None where there are none."""
    if "udps.fake_count" not in row:
        return None
    value = {name: row[f"udps.fake_{name}"] for name in ("count", "change", "ratio", "word", "steps", "words")}
    return (int(value["count"] or 2**64 - 1), int(value["change"] or -2**63), f"{float(value['ratio'] or 'nan'):.6g}",
            cut(value["word"]), ast.literal_eval(value["steps"] or "[]"),
            [cut(word) for word in ast.literal_eval(value["words"] or "[]")])


def direction_of(row, unit, forward):
    """One direction of a row, as a record of its own."""
    here = "src2dst" if forward else "dst2src"
    back = "dst2src" if forward else "src2dst"
    ends = ("src", "dst") if forward else ("dst", "src")
    return {
        "source": row[f"{ends[0]}_ip"], "destination": row[f"{ends[1]}_ip"],
        "source_port": int(row[f"{ends[0]}_port"]), "destination_port": int(row[f"{ends[1]}_port"]),
        "source_mac": row[f"{ends[0]}_mac"], "destination_mac": row[f"{ends[1]}_mac"],
        "protocol": int(row["protocol"]), "vlan": int(row["vlan_id"]), "uid": int(row["flow_uid"]),
        "octets": int(row[f"{here}_bytes"]), "packets": int(row[f"{here}_packets"]), "flags": flags_of(row, here),
        "reverse_octets": int(row[f"{back}_bytes"]), "reverse_packets": int(row[f"{back}_packets"]),
        "reverse_flags": flags_of(row, back),
        "first": int(row[f"{here}_first_seen_{unit}"]), "last": int(row[f"{here}_last_seen_{unit}"]),
        "reverse_first": int(row[f"{back}_first_seen_{unit}"]), "reverse_last": int(row[f"{back}_last_seen_{unit}"]),
        "application": row.get("application_name", ""), "category": row.get("application_category_name", ""),
        "server": row.get("requested_server_name", ""), "agent": row.get("user_agent", ""),
        "mean_ps": float(row.get(f"{here}_mean_ps") or 0), "reverse_mean_ps": float(row.get(f"{back}_mean_ps") or 0),
        "sizes": [size for size in eval_list(row.get("splt_ps", "[]")) if size >= 0],
        "extension": extension_of(row),
    }


def eval_list(text):
    return [int(entry) for entry in text.strip("[]").split(",") if entry.strip()]


def expected_flows(path, split):
    """What records of a CSV file must say. With `split` each direction is one. Returns flows and the time unit."""
    with open(path, newline="", encoding="utf-8", errors="surrogateescape") as file:
        rows = list(csv.DictReader(file))
    unit = next(unit for unit in UNITS if f"bidirectional_first_seen_{unit}" in rows[0])
    flows = []
    for row in rows:
        flow = direction_of(row, unit, True)
        if split:
            flows.append(flow)
            if flow["reverse_packets"]:
                flows.append(direction_of(row, unit, False))
        else:  # RFC 5103: the biflow's times are those of both directions
            flow["first"] = int(row[f"bidirectional_first_seen_{unit}"])
            flow["last"] = int(row[f"bidirectional_last_seen_{unit}"])
            flows.append(flow)
    return flows, unit


def compare(expected, got, fields):
    """Returns what is wrong with the flows that a collector reported, by these fields; [] if nothing."""
    usable = [field for field in fields if expected[0][field] is not None]

    def bag(flows):
        return collections.Counter(tuple(str(flow.get(field)) for field in usable) for flow in flows)

    missing, surplus = bag(expected) - bag(got), bag(got) - bag(expected)
    found = [] if len(expected) == len(got) else [f"{len(got)} flows and not {len(expected)}"]
    for flow in list(missing)[:3]:
        near = max(surplus, key=lambda other: sum(map(str.__eq__, flow, other)), default=None)
        if near is None:
            found.append(f"missing: {dict(zip(usable, flow))}")
        else:
            pairs = zip(usable, flow, near)
            found.append("differs: " + ", ".join(f"{name} {b!r} and not {a!r}" for name, a, b in pairs if a != b))
    if len(missing) < len(surplus):
        found.append(f"surplus: {dict(zip(usable, next(iter(surplus))))}")
    return found


def messages(data):
    """The messages of an IPFIX file (RFC 5655)."""
    at = 0
    while at < len(data):
        length = struct.unpack(">H", data[at + 2:at + 4])[0]
        yield data[at:at + length]
        at += length
