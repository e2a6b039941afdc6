"""Processor time of a sink's thread while the sensor takes 100,000 flows a second."""
import concurrent.futures
import json
import pathlib
import re
import shutil
import subprocess
import time

from measure.bed import Bed, remove_stale
from measure.captures import Captures
from measure.children import Failed, end
from measure.table import markdown

RATE = 100_000  # flows a second
FLOWS = 200_000  # in turn: each has been idle for a second when it comes again
SETTLE_SECONDS = 4  # the generator starts, and the first flows end
WORDS = ["--workers", "1", "--n-dissections", "0", "--idle-timeout", "1", "--max-flows", "1000000"]
SETTINGS = {"core columns": [],
            "statistics, sequence": ["--statistical-analysis", "true", "--splt-analysis", "10"]}

_FILE = {"name": "out", "type": "file", "rotate_size": "256MiB", "keep": 2, "min_free": "0B"}


def _file(name, **more):
    return lambda folder, _address: {**_FILE, "path": f"{folder}/{name}", **more}


def _ipfix(transport, profile):
    return lambda _folder, address: {"name": "out", "type": "ipfix", "profile": profile,
                                     "transport": transport, "collectors": [address]}


def _kafka(_folder, address):
    return {"name": "out", "type": "kafka", "brokers": [address], "topic": "flows"}


SINKS = {  # name -> settings of a folder and an address, and who listens there
    "CSV": (_file("flows.csv"), None),
    "JSON lines": (_file("flows.jsonl", format="jsonl"), None),
    "Parquet": (_file("flows.parquet", format="parquet"), None),
    "IPFIX/UDP, full": (_ipfix("udp", "full"), "udp"),
    "IPFIX/TCP, full": (_ipfix("tcp", "full"), "tcp"),
    "Kafka, JSON": (_kafka, "kafka"),
}


def _listener(bed, kind, mock_broker):
    """Who takes what comes, and its address."""
    if kind == "kafka":
        command = [mock_broker, "1", "flows", "1"]
    else:
        command = ["env", f"PYTHONPATH={pathlib.Path(__file__).parents[1]}", "python3", "-m",
                   "measure.receiver", kind]
    child = bed.inside(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    said = child.stdout.readline().strip()
    if not said:
        end(child)
        raise Failed(f"{command[0]} did not start")
    return child, said if ":" in said else f"127.0.0.1:{said}"


def thread_seconds(pid):
    """CPU seconds of the threads of a process: the sink's, the worker's, and others by name."""
    found = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            name = re.sub(r"[-:].*", "", (task / "comm").read_text(encoding="utf-8").strip())
            nanoseconds = int((task / "schedstat").read_text(encoding="ascii").split()[0])
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended
        found[name] = found.get(name, 0) + nanoseconds / 1e9
    return found


def _between(child, seconds):
    """Shares of a core in some seconds of now."""
    before, begin = thread_seconds(child.pid), time.monotonic()
    time.sleep(seconds)
    after, wall = thread_seconds(child.pid), time.monotonic() - begin
    return {name: (used - before.get(name, 0)) / wall for name, used in after.items()}


def _measure(bed, arguments, words, sink, file):
    """Shares of threads, and records dropped, of one sink."""
    make, kind = SINKS[sink]
    folder = bed.folder / "out"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    listener, address = _listener(bed, kind, arguments.mock_broker) if kind else (None, "")
    settings = bed.folder / "flowgauge.yaml"
    settings.write_text(json.dumps({"version": 1, "sinks": [make(folder, address)],
                                    "metrics": {"listen": ""}, "control": {"socket": ""}}))
    count = int(RATE * (arguments.seconds + 2 * SETTLE_SECONDS))
    try:
        with bed.sensor(arguments.flowgauge, ["--config", settings, *words]) as child, \
                concurrent.futures.ThreadPoolExecutor(1) as pool:
            sending = pool.submit(bed.send, file, count, RATE)
            time.sleep(SETTLE_SECONDS)
            shares = _between(child, arguments.seconds)
            pps = sending.result()
        summary = bed.books(count)
    finally:
        if listener is not None:
            end(listener)
        shutil.rmtree(folder, ignore_errors=True)
    flows = summary["sinks"][0]
    if summary["capture_dropped_packets"] == 0 and flows["written"] + flows["dropped"] != count:
        raise Failed(f"{count} flows sent, but {flows}")
    return shares, pps, summary


def _row(settings, sink, shares, pps, summary):
    others = sum(share for name, share in shares.items() if name not in ("sink", "fg"))
    lost = summary["sinks"][0]["dropped"] + summary["capture_dropped_packets"]
    share = shares.get("sink", 0)
    return [settings, sink, f"{pps:,.0f}", f"{share:.1%}", f"{share / pps * 1e6:.2f}",
            f"{others:.1%}", f"{shares.get('fg', 0):.1%}", f"{lost:,}"]


def sink_shares(arguments):
    file = Captures(arguments.work).flows(FLOWS, 1)
    remove_stale()
    bed = Bed(arguments.work)
    rows = []
    try:
        bed.loopback_up()
        for settings, words in SETTINGS.items():
            for sink, (_, kind) in SINKS.items():
                if not re.search(arguments.only, sink):
                    continue
                if kind == "kafka" and not arguments.mock_broker.exists():
                    print(f"left out: {sink}: no {arguments.mock_broker}")
                    continue
                found = _measure(bed, arguments, [*WORDS, *words], sink, file)
                rows.append(_row(settings, sink, *found))
                print("  ".join(rows[-1]), flush=True)
    finally:
        bed.close()
    return (f"{arguments.seconds:g} s of 100,000 flows a second each.\n\n"
            + markdown(["columns", "sink", "flows/s", "sink's thread, of a core", "µs a record",
                        "other threads", "worker", "records lost"], rows, left=2))
