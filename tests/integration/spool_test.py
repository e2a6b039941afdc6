#!/usr/bin/env python3
"""A process that spools is killed (SIGKILL) again and again, at random moments: nothing that was in the
spool is lost, and nothing comes out that did not go in.

Usage: spool_test.py --victim PROGRAM --kills N [--seed N] [--directory PATH]
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


class Account:
    """What went in and came out, by run."""

    def __init__(self) -> None:
        self.kept: dict[int, int] = {}
        self.out: dict[int, set[int]] = {}
        self.repeated = 0
        self.frames_out = 0
        self.wrong: list[str] = []

    def read(self, run: int, text: str) -> None:
        for line in text.splitlines():
            words = line.split()
            if words[:1] == ["kept"]:
                self.kept[run] = int(words[1])
            elif words[:1] == ["out"]:
                of_run, first, last = map(int, words[1:4])
                seen = self.out.setdefault(of_run, set())
                numbers = set(range(first, last + 1))
                self.repeated += len(seen & numbers)
                self.frames_out += 1
                seen |= numbers
            elif words[:1] == ["bad"] or (words[:1] == ["damaged"] and words[1:] != ["0", "0"]):
                self.wrong.append(f"run {run}: {line}")

    def lost(self) -> list[str]:
        """Records that were said to be in the spool and never came out."""
        found = []
        for run, last in self.kept.items():
            missing = set(range(1, last + 1)) - self.out.get(run, set())
            if missing:
                found.append(f"run {run}: {len(missing)} of {last}, the first {min(missing)}")
        return found


def run_victim(command: list[str], patience: float) -> tuple[str, int]:
    """Its output and status; killed when patience is over."""
    victim = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        output, _ = victim.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        victim.kill()
        output, _ = victim.communicate()
    return output, victim.returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--victim", required=True)
    parser.add_argument("--kills", type=int, required=True)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--directory", type=Path)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    directory = arguments.directory or Path(tempfile.mkdtemp(prefix="spool_test_"))
    account = Account()
    killed = 0
    try:
        while killed < arguments.kills and not account.wrong:
            killed += 1
            patience = chance.uniform(0.003, 0.043)
            output, status = run_victim([arguments.victim, str(directory / "spool"), str(killed)], patience)
            account.read(killed, output)
            if status != -9:
                account.wrong.append(f"run {killed}: ended by itself, status {status}")
        output, status = run_victim([arguments.victim, str(directory / "spool"), "0", "drain"], 120)
        account.read(0, output)
        if status != 0:
            account.wrong.append(f"drain: status {status}")
        left = [name for name in os.listdir(directory / "spool") if name.endswith((".seg", ".bad"))]
        if left:
            account.wrong.append(f"left behind: {left}")
    finally:
        if arguments.directory is None:
            shutil.rmtree(directory, ignore_errors=True)
    kept = sum(account.kept.values())
    lost = account.lost()
    print(
        f"{killed} kills (seed {arguments.seed}): {kept} records kept, {account.frames_out} frames out, "
        f"{account.repeated} records repeated, {len(lost)} runs with losses"
    )
    for text in account.wrong + lost:
        print(text, file=sys.stderr)
    if kept == 0:
        print("no record was kept: the test saw nothing", file=sys.stderr)
    return 1 if account.wrong or lost or kept == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
