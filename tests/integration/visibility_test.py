#!/usr/bin/env python3
"""Tests which processes `flowgauge run` names, with real programs that know the truth.

Programs on a host, in a world beyond it and in a guest's namespace open connections and write down
who they are. The records of a sensor on the host are held against that by ports and time: how many
name the right process, and that none names a wrong one.

Nothing leaves the namespaces. Exit status: 0 all cases hold, 1 some do not, 77 no rights to try.
"""
import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import traceback

from live.network import LIBC, skip_reason
from live.outcome import Failure, Stopped
from live.processes import end_all
from live.settings import Settings
from visibility.cells import by_polls, with_events
from visibility.oddities import oddities
from visibility.programs import Programs
from visibility.reuse import reused_ports
from visibility.rights import denied, files, granted, half_denied
from visibility.storm import storm
from visibility.town import Town, mount_tracing, own_mounts

SKIPPED = 77
PR_SET_PDEATHSIG = 1
PASSES = {"machine": [],
          "own": ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]}
TRIES = 3
# Connections: of a cell, over reused ports, of processes that vanish.
SIZES = {"fast": (200, 1000, 2000), "full": (2000, 10_000, 20_000)}


def cases(pids, mode):
    """BPF tells process ids of the machine, so it is tried there. Elsewhere no process but ours can
    hold a socket or may not be looked at, and no time is lost with those of others."""
    cell, reused, vanishing = SIZES[mode]
    if pids == "machine":
        return {
            "events": lambda *where: with_events(*where, cell, "auto"),
            "reused ports, events": lambda *where: reused_ports(*where, reused, "auto"),
            "odd sockets, events": lambda *where: oddities(*where, "auto"),
            "storm": lambda *where: storm(*where, vanishing, "auto"),
        }
    found = {
        "polls alone": lambda *where: tried(by_polls, *where, cell),
        "reused ports, perf": lambda *where: reused_ports(*where, reused, "perf"),
        "reused ports, polls alone": lambda *where: reused_ports(*where, reused, "off"),
        "odd sockets, polls alone": lambda *where: oddities(*where, "off"),
        "without rights": denied,
        "both rights": granted,
        "files": files,
    }
    if mode == "full":
        found.update({
            "events by perf": lambda *where: with_events(*where, cell, "perf"),
            "odd sockets, perf": lambda *where: oddities(*where, "perf"),
            "CAP_SYS_PTRACE alone": lambda *where: half_denied(*where, "sys_ptrace"),
            "CAP_DAC_READ_SEARCH alone": lambda *where: half_denied(*where, "dac_read_search"),
            "storm, polls alone": lambda *where: storm(*where, vanishing, "off"),
        })
    return found


def tried(case, *where):
    """What polls find is a matter of moments: others on the machine may take them."""
    for left in reversed(range(TRIES)):
        try:
            return case(*where)
        except Failure as failure:
            if left == 0:
                raise
            print(f"once more: {failure}", flush=True)
    return None


def run_all(settings, programs, pids, mode, only):
    failures, begin = [], time.monotonic()
    chosen = re.compile(only or "")
    town = Town()
    try:
        for name, case in cases(pids, mode).items():
            if not chosen.search(name):
                continue
            since = time.monotonic()
            try:
                print(f"ok     {name}: {case(settings, town, programs)} "
                      f"({time.monotonic() - since:.1f} s)", flush=True)
            except Stopped:
                raise
            except Exception as error:  # pylint: disable=broad-except
                text = str(error) if isinstance(error, Failure) else traceback.format_exc()
                indented = text.strip().replace("\n", "\n       ")
                print(f"FAILED {name} ({time.monotonic() - since:.1f} s):\n       {indented}",
                      flush=True)
                failures.append(name)
    finally:
        end_all()
        town.close()
    print(f"process ids of {pids}: {time.monotonic() - begin:.0f} s, "
          f"failed: {', '.join(failures) or 'none'}")
    return 1 if failures else 0


def raise_stopped(number, _frame):
    signal.signal(number, signal.SIG_IGN)
    raise Stopped()


def apart(pids, words):
    """The status of this script with process ids of the machine or its own; it ends with us."""
    return subprocess.call([*words, sys.executable, *sys.argv, "--pids", pids],
                           preexec_fn=lambda: LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flowgauge", required=True, help="the program under test")
    parser.add_argument("--programs", required=True, help="folder of visibility_client and others")
    parser.add_argument("--sanitized", action="store_true", help="what takes time is not judged")
    parser.add_argument("--mode", choices=("fast", "full"), default="fast")
    parser.add_argument("--pids", choices=PASSES, help="only cases among these process ids")
    parser.add_argument("--only", help="cases whose name matches this regular expression")
    arguments = parser.parse_args()
    reason = skip_reason()
    if reason:
        print(f"skipped: {reason}")
        return SKIPPED
    if arguments.pids is None:
        return max(apart(pids, words) for pids, words in PASSES.items())
    own_mounts()
    if not mount_tracing():
        print("no trace points here: short connections are not judged")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, raise_stopped)
    programs = Programs(*(os.path.abspath(f"{arguments.programs}/visibility_{name}")
                          for name in ("client", "server", "oddity", "population")))
    with tempfile.TemporaryDirectory(prefix="flowgauge-visibility-") as folder:
        os.chmod(folder, 0o711)  # for programs of other users
        settings = Settings(flowgauge=os.path.abspath(arguments.flowgauge), player="", shared="",
                            folder=folder, sanitized=arguments.sanitized)
        try:
            return run_all(settings, programs, arguments.pids, arguments.mode,
                           arguments.only)
        except Stopped:
            print("stopped by a signal")
            return 1


if __name__ == "__main__":
    sys.exit(main())
