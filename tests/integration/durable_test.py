#!/usr/bin/env python3
"""What of the records of `flowgauge run` survives: the sensor's death, full disks, dying collectors.

    durable_test.py --flowgauge BIN --part kill|disk|collector|reload [--kills N] [--seed N]

Flows know their number (durable/flows.py), so that of each it can be said whether it arrived, once or more
often, and as it was. Everything happens in namespaces and mounts of this test. Exit status: 0 all holds,
1 not, 77 no rights to try.
"""
import argparse
import os
import random
import signal
import sys
import tempfile

from durable.collectors import Collectors
from durable.disks import Disks
from durable.kills import Kills
from durable.reloads import Reloads
from live.network import Bed, remove_stale_namespaces, skip_reason
from live.outcome import Failure, Stopped
from live.processes import end_all
from live.settings import Settings

SKIPPED = 77


def kill(settings, bed, arguments):
    print(f"seed {arguments.seed}")
    Kills(settings, bed, random.Random(arguments.seed)).run(arguments.kills)


def disk(settings, bed, _arguments):
    with Disks(settings, bed) as disks:
        disks.run()


def collector(settings, bed, _arguments):
    Collectors(settings, bed).run()


def reload(settings, bed, _arguments):
    Reloads(settings, bed).run()


PARTS = {"kill": kill, "disk": disk, "collector": collector, "reload": reload}


def raise_stopped(number, _frame):
    signal.signal(number, signal.SIG_IGN)
    raise Stopped()


def run_part(settings, arguments):
    bed = Bed((("g0", "c0"),))
    try:
        PARTS[arguments.part](settings, bed, arguments)
        return 0
    except (Failure, OSError) as failure:
        print(f"FAILED {failure}")
        return 1
    finally:
        end_all()
        bed.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flowgauge", required=True, help="the program under test")
    parser.add_argument("--part", required=True, choices=PARTS)
    parser.add_argument("--kills", type=int, default=6)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    arguments = parser.parse_args()
    reason = skip_reason()
    if reason:
        print(f"skipped: {reason}")
        return SKIPPED
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, raise_stopped)
    remove_stale_namespaces()
    with tempfile.TemporaryDirectory(prefix="flowgauge-durable-") as folder:
        settings = Settings(flowgauge=os.path.abspath(arguments.flowgauge), player="", shared="", folder=folder)
        try:
            return run_part(settings, arguments)
        except Stopped:
            print("stopped by a signal")
            return 1


if __name__ == "__main__":
    sys.exit(main())
