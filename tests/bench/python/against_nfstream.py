#!/usr/bin/env python3
"""flowgauge's Python package and the newest NFStream of PyPI on the same capture, in turn.

    tests/bench/python/against_nfstream.py --python VENV/bin/python [--rounds 3] [--repetitions 4] [--markdown]
                                           [--work /var/tmp/flowgauge-bench]

`--python` has both packages, and pandas. The capture is made of all small ones of SHARED/pcaps, so many times over
(SHARED/tools/mkcapture); FLOWGAUGE_SHARED names SHARED. Each task runs in a process of its own, with the same
program for both packages but for the name that is imported: seconds are those of the task without start and import,
memory is the largest of the process and of its children together, as the kernel saw it.

Targets: iterate >= 8x, to_pandas >= 15x, to_csv >= 15x, plugin >= 2x, less memory. Exit status 1 when one is missed.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import statistics
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from measure.captures import Captures  # noqa: E402

TARGETS = {"iterate": 8, "to_pandas": 15, "to_csv": 15, "plugin": 2}

PROGRAM = """
import importlib, json, os, resource, sys, threading, time
package, task, capture, target = sys.argv[1:5]
module = importlib.import_module(package)
import pandas


class Sizes(module.NFPlugin):
    def on_init(self, packet, flow):
        flow.udps.large = int(packet.raw_size > 500)

    def on_update(self, packet, flow):
        if packet.raw_size > 500:
            flow.udps.large += 1


def run():
    options = {"source": capture, "statistical_analysis": True}
    if task == "plugin":
        options["udps"] = Sizes()
    streamer = module.NFStreamer(**options)
    if task == "to_pandas":
        return len(streamer.to_pandas())
    if task == "to_csv":
        return streamer.to_csv(target)
    flows = 0
    for flow in streamer:
        flows += 1
    return flows


def resident():
    # Proportional: pages that several processes share count once.
    total, pids = 0, [os.getpid()]
    while pids:
        pid = pids.pop()
        try:
            for line in open(f"/proc/{pid}/smaps_rollup"):
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
            for task_id in os.listdir(f"/proc/{pid}/task"):
                pids += map(int, open(f"/proc/{pid}/task/{task_id}/children").read().split())
        except OSError:
            pass
    return total


def watch():
    global peak
    while not done.wait(0.1):
        peak = max(peak, resident())


if __name__ == "__main__":
    peak, done = 0, threading.Event()
    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.perf_counter()
    flows = run()
    seconds = time.perf_counter() - began
    done.set()
    watcher.join()
    peak = max(peak, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss if package == "flowgauge" else 0)
    print("RESULT" + json.dumps({"seconds": seconds, "flows": flows, "mib": peak / 1024}))
"""


def measure(python: str, program: pathlib.Path, package: str, task: str, capture: pathlib.Path) -> dict:
    target = program.with_suffix(".csv")
    run = subprocess.run(
        [python, str(program), package, task, str(capture), str(target)],
        capture_output=True, text=True, check=True, cwd=program.parent,
    )
    line = next(line for line in run.stdout.splitlines() if line.startswith("RESULT"))
    return json.loads(line.removeprefix("RESULT"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repetitions", type=int, default=4)
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("/var/tmp/flowgauge-bench"))
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    capture = Captures(args.work).mixed(args.repetitions)
    program = args.work / "python_task.py"
    program.write_text(PROGRAM)
    missed = []
    print("| task | NFStream s | flowgauge s | ratio | target | NFStream MiB | flowgauge MiB |")
    print("|---|---|---|---|---|---|---|")
    for task, target in TARGETS.items():
        results = {"nfstream": [], "flowgauge": []}
        for turn in range(args.rounds):
            for package in sorted(results, reverse=turn % 2 == 0):
                results[package].append(measure(args.python, program, package, task, capture))
        theirs, ours = (statistics.median(r["seconds"] for r in results[p]) for p in ("nfstream", "flowgauge"))
        their_mib, our_mib = (statistics.median(r["mib"] for r in results[p]) for p in ("nfstream", "flowgauge"))
        ratio = theirs / ours
        print(f"| {task} | {theirs:.2f} | {ours:.2f} | {ratio:.1f} | {target} | {their_mib:.0f} | {our_mib:.0f} |", flush=True)
        if ratio < target or our_mib > their_mib:
            missed.append(task)
    flows = {package: results[package][0]["flows"] for package in results}
    print(f"\n{capture.name}: {flows}", "missed: " + ", ".join(missed) if missed else "all targets met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
