#!/usr/bin/env python3
"""Tests `flowgauge run` on veth pairs between namespaces of its own.

Two laws hold in every case:
    sent = packets in flows + packets rejected + packets dropped by the kernel
    the rows of a replayed capture = the rows of `flowgauge read` of its file (but for times)

Nothing leaves the namespaces. Exit status: 0 all cases hold, 1 some do not, 77 no rights to try.
"""
import argparse
import hashlib
import json
import os
import re
import signal
import sys
import tempfile
import time

from live.captures import OWN_CAPTURES, own_capture
from live.cases import live_cases
from live.lanes import run_cases
from live.network import Bed, remove_stale_namespaces, skip_reason
from live.outcome import Stopped
from live.processes import end_all, run
from live.replay import Tally, replay
from live.sensor import DAY, DEFAULT_FLOWS, FLOWS_OF_30_YEARS, FLOWS_OF_A_DAY, read
from live.settings import Settings

SKIPPED = 77
OWN_PACE_SECONDS = 30
SENDABLE_FRAMES = 20000

FAST_CAPTURES = ["ip_fragmented_garbage.pcap", "ajp.pcap", "4in4tunnel.pcap", "4in6tunnel.pcap",
                 "gtp-u.pcap", "capwap.pcap", "dhcp.pcap", "skype.pcap", "teredo.pcap",
                 "dos_win98_smb_netbeui.pcap"]
FAST_OWN_PACE = ["facebook.pcap", "dns_ambiguous_names.pcap", "simple-dnscrypt.pcap"]


def shared_captures(settings):
    """Path and figures of each different capture that can be sent as it is."""
    found = {}
    for folder in ("pcaps", "pcaps-ndpi"):
        directory = os.path.join(settings.shared, folder)
        for name in sorted(os.listdir(directory)) if os.path.isdir(directory) else []:
            with open(os.path.join(directory, name), "rb") as file:
                found.setdefault(hashlib.sha256(file.read()).digest(),
                                 os.path.join(directory, name))
    paths = sorted(found.values(), key=os.path.basename)
    if not paths:
        return []
    lines = run([settings.player, "--check", *paths], check=False).stdout.splitlines()
    figures = [(path, json.loads(line)) for path, line in zip(paths, lines)]
    return [(path, figure) for path, figure in figures if figure["sendable"]
            and figure["frames"] < SENDABLE_FRAMES]


def replay_cases(settings, mode, tally):
    paced, own_pace = [], []
    for name in OWN_CAPTURES:
        path = own_capture(settings.folder, name)
        read(settings, path, FLOWS_OF_A_DAY)
        for workers in (1, 2):
            paced.append((f"own capture: {name}, {workers} worker{'s'[:workers - 1]}",
                          lambda bed, p=path, w=workers: replay(settings, tally, bed, p, w)))
    for path, figure in shared_captures(settings):
        name = os.path.basename(path)
        short = figure["seconds"] <= OWN_PACE_SECONDS
        flows = FLOWS_OF_A_DAY if figure["seconds"] < DAY else FLOWS_OF_30_YEARS
        for workers in (1, 2):
            label = f"{name}, {workers} worker{'s'[:workers - 1]}"
            if mode == "full" or name in FAST_CAPTURES:
                paced.append((label, lambda bed, p=path, w=workers, f=flows:
                              replay(settings, tally, bed, p, w, f)))
            if short and (mode == "full" or name in FAST_OWN_PACE):
                own_pace.append((f"{label}, at its own pace", lambda bed, p=path, w=workers:
                                 replay(settings, tally, bed, p, w, DEFAULT_FLOWS,
                                        ("--own-pace",))))
    return paced, own_pace


def phases(settings, mode, tally):
    paced, own_pace = replay_cases(settings, mode, tally)
    # Lanes share two CPUs: few where packets come at full rate, many where most of it is waiting.
    return [("live cases", live_cases(settings), 2), ("replays", paced, 2),
            ("replays at their own pace", own_pace, 6)]


def run_all(settings, mode, only):
    failures, count, beds, tally = [], 0, [], Tally()
    chosen = re.compile(only) if only else None
    begin = time.monotonic()
    try:
        for title, cases, lanes in phases(settings, mode, tally):
            cases = [case for case in cases if not chosen or chosen.search(case[0])]
            count += len(cases)
            if not cases:
                continue
            while len(beds) < min(lanes, len(cases)):
                beds.append(Bed())
            phase_begin = time.monotonic()
            failures += run_cases(cases, beds[:lanes], tally)
            print(f"-- {title}: {len(cases)} cases, {time.monotonic() - phase_begin:.0f} s",
                  flush=True)
    finally:
        end_all()
        for bed in beds:
            bed.close()
    print(f"{count} cases, {len(failures)} failed, {time.monotonic() - begin:.0f} s; replays: "
          f"{tally.frames} packets, {tally.rows} rows, {tally.dissected_alike} of them dissected "
          f"alike, {tally.late} late packets, {tally.repeated} repeated for late packets")
    for name in failures:
        print(f"FAILED {name}")
    return 1 if failures else 0


def raise_stopped(number, _frame):
    signal.signal(number, signal.SIG_IGN)
    raise Stopped()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flowgauge", required=True, help="the program under test")
    parser.add_argument("--player", required=True, help="the program frame_player")
    parser.add_argument("--shared", default="", help="folder with pcaps/ and pcaps-ndpi/")
    parser.add_argument("--mode", choices=("fast", "full"), default="fast")
    parser.add_argument("--only", help="cases whose name matches this regular expression")
    arguments = parser.parse_args()
    reason = skip_reason()
    if reason:
        print(f"skipped: {reason}")
        return SKIPPED
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, raise_stopped)
    remove_stale_namespaces()
    with tempfile.TemporaryDirectory(prefix="flowgauge-live-") as folder:
        settings = Settings(flowgauge=os.path.abspath(arguments.flowgauge),
                            player=os.path.abspath(arguments.player),
                            shared=os.environ.get("FLOWGAUGE_SHARED") or arguments.shared,
                            folder=folder)
        try:
            return run_all(settings, arguments.mode, arguments.only)
        except Stopped:
            print("stopped by a signal")
            return 1


if __name__ == "__main__":
    sys.exit(main())
