#!/usr/bin/env python3
"""Reads our protocol buffers with Google's: every field must equal the JSON of the same record.

Usage: protobuf_test.py --records SAMPLE_RECORDS --schema flowgauge.proto
Exit status 77 without protoc or Python's module google.protobuf.
"""

from __future__ import annotations

import argparse
import importlib
import json
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

SKIPPED = 77


def messages_of(path: Path) -> list[bytes]:
    data = path.read_bytes()
    found = []
    while data:
        (length,) = struct.unpack("<I", data[:4])
        found.append(data[4 : 4 + length])
        data = data[4 + length :]
    return found


def compare_extension(flow, name: str, value: object) -> None:
    if value is None:
        if name in flow.udps:
            sys.exit(f"udps.{name} is there, but null in JSON")
        return
    kind = flow.udps[name].WhichOneof("value") if name in flow.udps else None
    ours = getattr(flow.udps[name], kind) if kind else None
    if kind in ("integers", "texts"):
        ours = list(ours.values)
    if ours != value or isinstance(ours, float) != isinstance(value, float):
        sys.exit(f"udps.{name} is {str(ours)[:200]!r} instead of {str(value)[:200]!r}")


def compare(flow, expected: dict) -> int:
    """How many fields of the message were looked at. The message has no other."""
    for name, value in expected.items():
        if name.startswith("udps."):
            compare_extension(flow, name.removeprefix("udps."), value)
            continue
        ours = getattr(flow, name)
        if isinstance(value, list):
            ours = list(ours)
        if ours != value:
            sys.exit(f"{name} is {str(ours)[:200]!r} instead of {str(value)[:200]!r}")
        if isinstance(value, float) and not isinstance(ours, float):
            sys.exit(f"{name} is no double")
    for field, _ in flow.ListFields():
        if field.name == "udps":
            if any(f"udps.{name}" not in expected for name in flow.udps):
                sys.exit(f"{list(flow.udps)} is more than in JSON")
        elif field.name not in expected:
            sys.exit(f"{field.name} is there, but not in JSON")
    return len(expected)


class Unavailable(Exception):
    """What reads protocol buffers is not to be had here."""


def schema_module(schema: Path, folder: Path):
    """The schema as a module of Python, made in `folder`."""
    if shutil.which("protoc") is None:
        raise Unavailable("no protoc (Debian: protobuf-compiler)")
    try:
        import google.protobuf  # noqa: F401
    except ImportError as missing:
        raise Unavailable("no module google.protobuf (Debian: python3-protobuf)") from missing
    subprocess.run(["protoc", f"--proto_path={schema.parent}", f"--python_out={folder}", schema.name], check=True)
    sys.path.insert(0, str(folder))
    return importlib.import_module(f"{schema.stem}_pb2")


def compare_message(schema, message: bytes, expected: dict) -> int:
    """How many fields were looked at. The message has nothing that is not in the schema."""
    flow = schema.Flow()
    flow.ParseFromString(message)
    size = flow.ByteSize()
    flow.DiscardUnknownFields()
    if flow.ByteSize() != size:
        sys.exit("a field is not in the schema")
    return compare(flow, expected)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", required=True)
    parser.add_argument("--schema", type=Path, required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            schema = schema_module(options.schema, folder)
        except Unavailable as reason:
            print(f"skipped: {reason}")
            return SKIPPED
        looked_at = 0
        for unit in ("ms", "us", "ns"):
            subprocess.run([options.records, folder, unit], check=True)
            lines = (folder / "flows.json").read_bytes().decode().split("\n")[:-1]
            messages = messages_of(folder / "flows.protobuf")
            if len(lines) != len(messages) or not lines:
                sys.exit(f"{len(lines)} lines, {len(messages)} messages")
            for line, message in zip(lines, messages):
                looked_at += compare_message(schema, message, json.loads(line))
    print(f"{looked_at} fields are equal")
    return 0


if __name__ == "__main__":
    sys.exit(main())
