#!/usr/bin/env python3
"""Configuration as an operator meets it: `check`, `config` and --config of the program, the JSON Schema in the
hands of another validator, and the texts that must not change unnoticed.

    config_test.py --flowgauge PROGRAM --data tests/integration/config --captures tests/golden [CASE ...]

Skipped cases say so; the status is 1 when one failed. After a change of the table of parameters:
`flowgauge config --defaults > tests/integration/config/defaults.yaml`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

DEADLINE_SECONDS = 30


class Skipped(Exception):
    pass


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def run(context, *arguments, status=0, environment=None):
    """Runs the program in the folder of the data, and returns standard output and standard error."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("FLOWGAUGE", "NOTIFY", "INVOC"))}
    done = subprocess.run([context.flowgauge, *arguments], capture_output=True, text=True, cwd=context.data,
                          timeout=DEADLINE_SECONDS, env=plain | (environment or {}), check=False)
    expect(done.returncode == status, f"{arguments}: status {done.returncode}: {done.stderr}")
    return done.stdout, done.stderr


def ten_mistakes(context):
    expected = (context.data / "ten_mistakes.txt").read_text(encoding="utf-8")
    expect(expected.count("\n") == 10, "ten lines are expected")
    out, errors = run(context, "check", "--config", "ten_mistakes.yaml", status=2)
    expect((out, errors) == ("", expected), errors)
    # Other commands say the same, and do nothing.
    prefixed = "".join(f"flowgauge: {line}\n" for line in expected.splitlines())
    _, errors = run(context, "run", "--config", "ten_mistakes.yaml", status=2)
    expect(errors == prefixed, errors)
    _, errors = run(context, "config", "--effective", "--config", "ten_mistakes.yaml", status=2)
    expect(errors == expected, errors)


def right_files(context):
    out, errors = run(context, "check", "--config", "complete.yaml")
    expect(out == "complete.yaml: ok\n", out)
    expect(errors == "complete.yaml:24:17: inputs.replay.bpf_filter: looks at ports, so it drops later fragments of a "
                     "datagram, which have none\n", errors)
    packaged, _ = run(context, "config", "--packaged")
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
        file.write(packaged)
        file.flush()
        out, errors = run(context, "check", "--config", file.name, environment={"INVOCATION_ID": "x"})
        expect((out, errors) == (f"{file.name}: ok\n", ""), errors)


def example_is_right(context):
    out, errors = run(context, "check", "--config", "example.yaml")
    expect(out == "example.yaml: ok\n", out)
    expect(errors == "example.yaml:24:17: inputs.replay.bpf_filter: looks at ports, so it drops later fragments of a "
                     "datagram, which have none\n", errors)


def effective_is_a_file(context):
    first, _ = run(context, "config", "--effective", "--config", "complete.yaml")
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "effective.yaml"
        path.write_text(first, encoding="utf-8")
        second, _ = run(context, "config", "--effective", "--config", str(path))
    expect(first == second, second)
    changed, _ = run(context, "config", "--effective", "--config", "complete.yaml",
                     environment={"FLOWGAUGE__sinks__disk__keep": "7"})
    expect(changed == first.replace("    keep: 24\n", "    keep: 7\n") != first, changed)


def defaults_are_known(context):
    defaults, _ = run(context, "config", "--defaults")
    expect(defaults == (context.data / "defaults.yaml").read_text(encoding="utf-8"),
           "config --defaults differs from tests/integration/config/defaults.yaml")
    out, _ = run(context, "check", "--config", "defaults.yaml")
    expect(out == "defaults.yaml: ok\n", out)


def read_takes_sinks(context):
    capture = str(context.captures / "tunnels/input.pcap")
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "read.yaml"
        flows = pathlib.Path(folder) / "flows.jsonl"
        config.write_text("version: 1\ninputs: [{name: a, interface: lo}]\nflows: {max_nflows: 3}\n"
                          f"sinks: [{{name: disk, path: {flows}, format: jsonl, columns: [id, src_ip], rotate_every: 0s, "
                          "rotate_size: 0B, keep: 0, min_free: 0B}]\n", encoding="utf-8")
        _, errors = run(context, "read", capture, "--config", str(config))
        expect(errors.count("`read` ignores inputs\n") == 1, errors)
        rows = [json.loads(line) for line in flows.read_text(encoding="utf-8").splitlines()]
        expect(len(rows) == 3 and list(rows[0]) == ["id", "src_ip"], rows)
        # The command line has the last word.
        out, _ = run(context, "read", capture, "--config", str(config), "--output", "-", "--max-nflows", "2",
                     "--format", "csv", "--columns", "id")
        expect(out == "id\n0\n1\n", out)


def options_of_the_output(context):
    """The output of `read` takes what a sink takes."""
    capture = str(context.captures / "loopback_programs/input.pcap")

    def rows(*options):
        return run(context, "read", capture, "--workers", "1", *options)[0].splitlines()[1:]

    every = rows("--columns", "src_ip,dst_ip,protocol")
    tcp = rows("--columns", "src_ip,dst_ip,protocol", "--when", "protocol == 6")
    expect(0 < len(tcp) < len(every) and tcp == [row for row in every if row.endswith(",6")], tcp)
    ends = {tuple(row.split(",")[:2]) for row in rows("--columns", "src_ip,dst_ip", "--columns-to-anonymize", "src_ip")}
    expect(all(len(source) == 130 and len(destination) < 50 for source, destination in ends), ends)
    entry = json.loads(run(context, "read", capture, "--format", "jsonl", "--names", "ecs")[0].splitlines()[0])
    expect(entry["ecs"]["version"] == "8.17.0", entry)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for form, magic in (("parquet", b"PAR1"), ("ipfix", b"\0\x0a")):
            run(context, "read", capture, "--format", form, "--output", str(folder / form))
            expect((folder / form).read_bytes().startswith(magic), form)
        packed = folder / "flows.csv.gz"
        run(context, "read", capture, "--compress", "gzip", "--columns", "src_ip,dst_ip,protocol", "--output", str(packed))
        expect(gzip.decompress(packed.read_bytes()).decode().splitlines()[1:] == every, "compressed rows")
        run(context, "read", capture, "--flows-per-file", "3", "--rotate-files", "2", "--output", str(folder / "part.csv"))
        parts = sorted(folder.glob("part-*.csv"))
        expect(len(parts) == 2 and parts[1].read_text().count("\n") == 1 + ((len(every) - 1) % 3 + 1), parts)
    for options, message in (
            (("--when", "protocol = 6"), "--when: at column 10: = is no operator; write =="),
            (("--format", "table", "--compress", "zstd"), "--compress: is for csv, jsonl and parquet"),
            (("--format", "table", "--columns-to-anonymize", "src_ip"),
             "--columns-to-anonymize: is not for a table; write --format csv"),
            (("--columns-to-anonymize", "nothing"), None)):
        _, errors = run(context, "read", capture, *options, status=2)
        expect(errors.startswith(f"flowgauge: {message or options[0] + ': '}"), errors)


def services_need_a_sink(context):
    for variable in ("INVOCATION_ID", "NOTIFY_SOCKET"):
        _, errors = run(context, "run", "--interface", "lo", status=2, environment={variable: "x"})
        expect(errors == "flowgauge: configuration: sinks: a service needs a sink: nobody reads its standard output\n",
               errors)


def usage(context):
    run(context, "check", status=2)
    run(context, "config", status=2)
    run(context, "config", "--defaults", "--schema", status=2)
    _, errors = run(context, "check", "--config", "missing.yaml", status=2)
    expect(errors == 'missing.yaml: cannot read "missing.yaml": No such file or directory\n', errors)


def manual_is_markdown(context):
    text, _ = run(context, "config", "--manual")
    if shutil.which("pandoc") is None:
        raise Skipped("pandoc is not installed")
    page = subprocess.run(["pandoc", "-s", "-f", "markdown", "-t", "man"], input=text, capture_output=True, text=True,
                          timeout=DEADLINE_SECONDS, check=True).stdout
    expect('.TH "FLOWGAUGE.YAML" "5"' in page, page[:400])
    for word in (r"FLOWGAUGE__flows__idle_timeout", "queue.when_full", "--idle-timeout", "[live]"):
        expect(word in page, word)


def json_schema(context):
    try:
        import jsonschema  # pylint: disable=import-outside-toplevel
        import yaml  # pylint: disable=import-outside-toplevel
    except ImportError as missing:
        raise Skipped(f"python3 has no {missing.name}") from missing

    class Yaml12(yaml.SafeLoader):
        """As editors read it: off and no are text, and only true and false are not."""

    Yaml12.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}

    schema = json.loads(run(context, "config", "--schema")[0])
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)

    def wrong(name):
        data = yaml.load((context.data / name).read_text(encoding="utf-8"), Loader=Yaml12)
        return sorted({"/".join(str(part) for part in list(error.path)[:2]) for error in validator.iter_errors(data)})

    expect(wrong("complete.yaml") == [], wrong("complete.yaml"))
    expect(wrong("defaults.yaml") == [], wrong("defaults.yaml"))
    expect(wrong("example.yaml") == [], wrong("example.yaml"))
    expect(wrong("ten_mistakes.yaml") == ["flows", "flows/accounting_mode", "inputs/0", "inputs/1"],
           wrong("ten_mistakes.yaml"))
    effective = yaml.load(run(context, "config", "--effective", "--config", "complete.yaml")[0], Loader=Yaml12)
    expect(not list(validator.iter_errors(effective)), list(validator.iter_errors(effective)))


CASES = [ten_mistakes, right_files, example_is_right, effective_is_a_file, defaults_are_known,
         read_takes_sinks, options_of_the_output, services_need_a_sink, usage, manual_is_markdown, json_schema]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flowgauge", required=True)
    parser.add_argument("--data", required=True, type=pathlib.Path)
    parser.add_argument("--captures", required=True, type=pathlib.Path)
    parser.add_argument("cases", nargs="*")
    context = parser.parse_args()
    cases = [case for case in CASES if not context.cases or case.__name__ in context.cases]
    failed = 0
    for case in cases:
        try:
            case(context)
        except Skipped as reason:
            print(f"{case.__name__}: skipped: {reason}")
        except AssertionError as failure:
            failed += 1
            print(f"{case.__name__}: {failure}")
    print(f"{len(cases)} cases, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
