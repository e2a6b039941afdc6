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
import sys
import tempfile
import time
import traceback

from live.network import remove_stale_namespaces, skip_reason
from live.outcome import Failure, Stopped
from live.processes import end_all
from live.settings import Settings
from visibility.cells import by_polls, with_events
from visibility.oddities import oddities
from visibility.programs import Programs
from visibility.reuse import reused_ports
from visibility.rights import denied, files, granted, half_denied
from visibility.storm import storm
from visibility.town import Town, mount_tracing, run_apart

SKIPPED = 77
# Connections: of a cell, over reused ports, of processes that vanish.
SIZES = {"fast": (200, 1000, 2000), "full": (2000, 10_000, 20_000)}


def cases(mode):
    cell, reused, vanishing = SIZES[mode]
    return {
        "events": lambda *where: with_events(*where, cell),
        "polls alone": lambda *where: by_polls(*where, cell),
        "reused ports, events": lambda *where: reused_ports(*where, reused, "auto"),
        "reused ports, polls alone": lambda *where: reused_ports(*where, reused, "off"),
        "odd sockets, events": lambda *where: oddities(*where, "auto"),
        "odd sockets, polls alone": lambda *where: oddities(*where, "off"),
        "without rights": denied,
        "CAP_SYS_PTRACE alone": lambda *where: half_denied(*where, "sys_ptrace"),
        "CAP_DAC_READ_SEARCH alone": lambda *where: half_denied(*where, "dac_read_search"),
        "both rights": granted,
        "files": files,
        "storm": lambda *where: storm(*where, vanishing, "auto"),
    }


def run_all(settings, programs, mode, only):
    failures, begin = [], time.monotonic()
    chosen = re.compile(only or "")
    town = Town()
    try:
        for name, case in cases(mode).items():
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
    print(f"{time.monotonic() - begin:.0f} s, failed: {', '.join(failures) or 'none'}")
    return 1 if failures else 0


def raise_stopped(number, _frame):
    signal.signal(number, signal.SIG_IGN)
    raise Stopped()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flowgauge", required=True, help="the program under test")
    parser.add_argument("--programs", required=True, help="folder of visibility_client and others")
    parser.add_argument("--sanitized", action="store_true", help="what takes time is not judged")
    parser.add_argument("--mode", choices=("fast", "full"), default="fast")
    parser.add_argument("--only", help="cases whose name matches this regular expression")
    arguments = parser.parse_args()
    reason = skip_reason()
    if reason:
        print(f"skipped: {reason}")
        return SKIPPED
    run_apart()
    if not mount_tracing():
        print("no trace points here: short connections are not judged")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, raise_stopped)
    remove_stale_namespaces()
    programs = Programs(*(os.path.abspath(f"{arguments.programs}/visibility_{name}")
                          for name in ("client", "server", "oddity", "population")))
    with tempfile.TemporaryDirectory(prefix="flowgauge-visibility-") as folder:
        os.chmod(folder, 0o711)  # for programs of other users
        settings = Settings(flowgauge=os.path.abspath(arguments.flowgauge), player="", shared="",
                            folder=folder, sanitized=arguments.sanitized)
        try:
            return run_all(settings, programs, arguments.mode, arguments.only)
        except Stopped:
            print("stopped by a signal")
            return 1


if __name__ == "__main__":
    sys.exit(main())
