#!/usr/bin/env python3
"""Files of every format, read back by pandas, DuckDB and pyarrow: all of them must give the same rows.

Usage: files_test.py --sample SAMPLE_FILES --flowgauge FLOWGAUGE --captures FOLDER --cache FOLDER --mode fast|full

First rows that are hard on every format, then every column of the flows of small captures.

fast: with the packages that are there, a few rows. full: gets the packages from PyPI into FOLDER first,
and writes many rows. Exit status 77 when there are none.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Callable

PACKAGES = ["pyarrow", "duckdb", "pandas"]
SKIPPED = 77


def has_packages(python: str) -> bool:
    code = "import " + ", ".join(PACKAGES)
    return subprocess.run([python, "-c", code], capture_output=True, check=False).returncode == 0


def python_with_packages(cache: Path, may_install: bool) -> str | None:
    """A Python that has them: this one, or that of a virtual environment in the cache."""
    if has_packages(sys.executable):
        return sys.executable
    home = cache / "python-files"
    python = home / "bin" / "python3"
    if python.exists() and has_packages(str(python)):
        return str(python)
    if not may_install:
        return None
    cache.mkdir(parents=True, exist_ok=True)
    steps = [
        [sys.executable, "-m", "venv", str(home)],
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES],
    ]
    for step in steps:
        try:
            done = subprocess.run(step, capture_output=True, text=True, timeout=600, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            print(f"skipped: {error}")
            return None
        if done.returncode != 0:
            print("skipped: " + done.stderr.strip().rsplit("\n", maxsplit=1)[-1])
            return None
    return str(python) if has_packages(str(python)) else None


def expect(name: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise SystemExit(f"FAILED {name}: {str(found)[:300]} instead of {str(wanted)[:300]}")


def expect_equal_rows(name: str, found: list[dict], wanted: list[dict]) -> None:
    expect(f"{name}: number of rows", len(found), len(wanted))
    for row, (one, other) in enumerate(zip(found, wanted)):
        expect(f"{name}: row {row}", one, other)
    print(f"ok {name}: {len(found)} rows")


def read_lists(rows: list[dict]) -> list[dict]:
    """Lists are texts in CSV."""
    for row in rows:
        row["splt"] = json.loads(row["splt"])
    return rows


def check_values(rows: list[dict]) -> None:
    """What the reference itself, the JSON lines, must hold."""
    for row in rows:
        number = (row["id"] * 0x9E3779B97F4A7C15) & (2**64 - 1)
        number ^= number >> 29
        number = number * 0xBF58476D1CE4E5B9 & (2**64 - 1)
        expect("large", row["large"], number)
        expect("first_seen_ms", row["first_seen_ms"], 1795326000000 - (number >> 20))
        expect("mean", math.isclose(row["mean"], number / 1e7, rel_tol=1e-15), True)
        expect("splt", len(row["splt"]), row["id"] % 5)


CONFIGURATION = """
version: 1
statistics: {statistical_analysis: true, splt_analysis: 5}
sinks:
  - {name: lines, type: file, format: csv, path: %(to)s/lines.csv, rotate_every: 0s, rotate_size: 0B}
  - {name: whole, type: file, format: parquet, path: %(to)s/whole.parquet}
  - {name: parts, type: file, format: parquet, path: %(to)s/parts.parquet, flows_per_file: 7, compress: none}
"""


def write_flows(flowgauge: str, captures: Path, directory: str) -> None:
    """The flows of all captures, as CSV and as Parquet."""
    configuration = Path(directory) / "flowgauge.yaml"
    configuration.write_text(CONFIGURATION % {"to": directory}, encoding="utf-8")
    # One of the captures is damaged: status 3.
    done = subprocess.run(
        [flowgauge, "read", "--config", str(configuration), *map(str, sorted(captures.glob("*/input.pcap")))],
        capture_output=True, text=True, check=False,
    )
    if done.returncode not in (0, 3):
        raise SystemExit(f"FAILED flowgauge read: status {done.returncode}: {done.stderr}")


def judge_flows(directory: Path) -> None:
    import pandas
    import pyarrow.parquet

    options = {"keep_default_na": False, "float_precision": "round_trip"}
    lines = pandas.read_csv(directory / "lines.csv", **options).to_dict("records")
    for row in lines:
        for name in row:
            if name.startswith("splt_"):
                row[name] = json.loads(row[name])
    expect("more than a few flows", len(lines) > 50, True)
    parts = sorted(directory.glob("parts-*.parquet"))
    expect("seven flows a file", len(parts), (len(lines) + 6) // 7)
    whole = sorted(directory.glob("whole-*.parquet"))
    for name, files, codec in (("whole", whole, "ZSTD"), ("parts", parts, "UNCOMPRESSED")):
        metadata = [pyarrow.parquet.ParquetFile(file).metadata for file in files]
        codecs = {one.row_group(0).column(i).compression for one in metadata for i in range(one.num_columns)}
        expect(f"{name}: compression", codecs, {codec})
        found = [row for file in files for row in pyarrow.parquet.read_table(file).to_pylist()]
        expect_equal_rows(f"{name}: {len(lines[0])} columns of flows", found, lines)


def judge_extension(directory: Path, asked: Callable[[str], list[dict]]) -> None:
    """Columns of an extension: values that may be missing, lists of texts."""
    import pandas
    import pyarrow.parquet

    with open(directory / "extension.jsonl", encoding="utf-8") as lines:
        wanted = [json.loads(line) for line in lines]
    missing = {name: sum(row[name] is None for row in wanted) for name in wanted[0]}
    expect("each may be missing", {name for name, count in missing.items() if 0 < count < len(wanted)},
           set(wanted[0]) - {"id"})
    path = f"{directory}/extension.parquet"
    expect_equal_rows("extension by pyarrow", pyarrow.parquet.read_table(path).to_pylist(), wanted)
    types = {field.name.removeprefix("udps.fake_"): (str(field.type), field.nullable)
             for field in pyarrow.parquet.read_schema(path)}
    expect("types of the extension", types, {
        "id": ("uint64", False), "count": ("uint64", True), "change": ("int64", True), "ratio": ("double", True),
        "word": ("string", True), "steps": ("list<element: int64 not null>", True),
        "words": ("list<element: string not null>", True)})
    expect_equal_rows("extension by DuckDB", asked(f"select * from '{path}' order by id"), wanted)
    counted = asked(f"""select count("udps.fake_ratio") as n from '{path}'""")
    expect("values by DuckDB", counted, [{"n": len(wanted) - missing["udps.fake_ratio"]}])
    frame = pandas.read_csv(directory / "extension.csv", encoding_errors="replace", keep_default_na=False,
                            na_values={"udps.fake_ratio": [""]}, float_precision="round_trip", dtype={
                                "udps.fake_count": "object", "udps.fake_change": "object"})
    for row, want in zip(frame.to_dict("records"), wanted):
        for name, value in want.items():
            found = row[name]
            if value is None:
                expect(f"{name} of {want['id']}", found == "" or found != found, True)
            elif isinstance(value, list):
                expect(f"{name} of {want['id']}", found, str(value))  # as Python writes it
            else:
                expect(f"{name} of {want['id']}", type(value)(found), value)
    print(f"ok extension by pandas: {len(frame)} rows")


def judge(directory: Path, rows: int) -> None:
    import warnings

    import duckdb
    import pandas
    import pyarrow.parquet

    warnings.simplefilter("ignore")  # of options that a later pandas will not know

    with open(directory / "rows.jsonl", encoding="utf-8") as lines:
        wanted = [json.loads(line) for line in lines]
    expect("rows", len(wanted), rows)
    check_values(wanted)

    path = str(directory / "rows.parquet")
    expect_equal_rows("Parquet by pyarrow", pyarrow.parquet.read_table(path).to_pylist(), wanted)
    types = {field.name: str(field.type) for field in pyarrow.parquet.read_schema(path)}
    expect(
        "types",
        types,
        {
            "id": "uint64", "large": "uint64", "first_seen_ms": "int64", "mean": "double", "name": "string",
            "source_ip": "string", "splt": "list<element: int64 not null>",
        },
    )
    metadata = pyarrow.parquet.ParquetFile(path).metadata
    expect("rows of the metadata", metadata.num_rows, rows)
    expect("enough row groups", metadata.num_row_groups >= rows / 3000, True)

    database = duckdb.connect()

    def asked(query: str) -> list[dict]:
        answer = database.execute(query)
        names = [column[0] for column in answer.description]
        return [dict(zip(names, row)) for row in answer.fetchall()]

    expect_equal_rows("Parquet by DuckDB", asked(f"select * from '{path}' order by id"), wanted)
    count = asked(f"select count(*) as n, sum(large) as s from '{path}' where name = 'plain'")[0]
    plain = [row["large"] for row in wanted if row["name"] == "plain"]
    expect("sum by DuckDB", (count["n"], int(count["s"])), (len(plain), sum(plain)))

    frame = pandas.read_parquet(path)
    frame["splt"] = frame["splt"].apply(lambda values: [int(value) for value in values])
    expect_equal_rows("Parquet by pandas", frame.to_dict("records"), wanted)

    for name in ["rows.csv", "rows.csv.zst", "rows.csv.gz"]:
        options = {"dtype": {"large": "uint64"}, "keep_default_na": False, "float_precision": "round_trip"}
        types = "{large: 'ubigint', id: 'ubigint', name: 'varchar', source_ip: 'varchar', splt: 'varchar'}"
        lines = f"read_csv('{directory}/{name}', quote='\"', escape='\"', types={types}, allow_quoted_nulls=false)"
        expect_equal_rows(f"{name} by DuckDB", read_lists(asked(f"select * from {lines} order by id")), wanted)
        if name.endswith(".zst"):
            content = subprocess.run(["zstd", "-dc", directory / name], capture_output=True, check=True).stdout
            expect(f"{name} by zstd", content, (directory / "rows.csv").read_bytes())
            print(f"ok {name} by zstd: {len(content)} bytes")
            continue
        frame = pandas.read_csv(directory / name, **options)
        expect_equal_rows(f"{name} by pandas", read_lists(frame.to_dict("records")), wanted)

    types = (
        "{id: 'ubigint', large: 'ubigint', first_seen_ms: 'bigint', mean: 'double', name: 'varchar', "
        "source_ip: 'varchar', splt: 'bigint[]'}"
    )
    lines = f"read_json('{directory}/rows.jsonl', format='newline_delimited', columns={types})"
    expect_equal_rows("JSON lines by DuckDB", asked(f"select * from {lines} order by id"), wanted)

    hostile = pyarrow.parquet.read_table(directory / "hostile.parquet").to_pylist()
    # As Python reads these bytes: bytes that cannot go on a sequence each get a mark.
    text = b"a\0\xff\xe2\x82z\xed\xa0\x80".decode("utf-8", errors="replace")
    expect("hostile text by pyarrow", hostile, [{"name": text}] * 3)
    expect("hostile text by DuckDB", asked(f"select name from '{directory}/hostile.parquet'"), [{"name": text}] * 3)
    empty = pyarrow.parquet.read_table(directory / "empty.parquet")
    expect("an empty file", (empty.num_rows, empty.num_columns), (0, 7))
    expect("an empty file by DuckDB", asked(f"select * from '{directory}/empty.parquet'"), [])
    judge_extension(directory, asked)
    judge_flows(directory)
    print("ok all")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sample", required=True)
    parser.add_argument("--flowgauge", required=True)
    parser.add_argument("--captures", required=True, type=Path)
    parser.add_argument("--cache", required=True, type=Path)
    parser.add_argument("--mode", choices=["fast", "full"], required=True)
    parser.add_argument("--judge", nargs=2, metavar=("DIRECTORY", "ROWS"))
    arguments = parser.parse_args()
    if arguments.judge:
        judge(Path(arguments.judge[0]), int(arguments.judge[1]))
        return 0
    python = python_with_packages(arguments.cache, arguments.mode == "full")
    if python is None:
        print(f"skipped: no Python with {', '.join(PACKAGES)}")
        return SKIPPED
    rows = 2000 if arguments.mode == "fast" else 50_000
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run([arguments.sample, directory, str(rows)], check=True)
        write_flows(arguments.flowgauge, arguments.captures, directory)
        command = [python, os.path.abspath(__file__), *sys.argv[1:], "--judge", directory, str(rows)]
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
