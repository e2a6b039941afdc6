#!/usr/bin/env python3
"""Models in a sensor that runs: every row of live traffic as scikit-learn, XGBoost and LightGBM predict it.

Usage: models_live_test.py --flowgauge FLOWGAUGE --player FRAME_PLAYER --root SOURCES --shared FOLDER --cache FOLDER

Gets the libraries from PyPI into the cache and has models_live_judge.py train on flows of the shared captures, run the
models on the same captures between namespaces, and compare all rows. Exit status 77 without root, PyPI or captures.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from live.network import remove_stale_namespaces, skip_reason
from models_test import SKIPPED, python_with_packages


def main() -> int:
    parser = argparse.ArgumentParser()
    for name in ("--flowgauge", "--player", "--root", "--shared"):
        parser.add_argument(name, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    options = parser.parse_args()
    if reason := skip_reason():
        print(f"skipped: {reason}")
        return SKIPPED
    if not (Path(options.shared) / "pcaps").is_dir():
        print(f"skipped: no captures in {options.shared}")
        return SKIPPED
    python = python_with_packages(options.cache)
    if python is None:
        return SKIPPED
    remove_stale_namespaces()
    judge = [python, str(Path(__file__).with_name("models_live_judge.py"))]
    judge += ["--flowgauge", options.flowgauge, "--player", options.player, "--root", options.root]
    return subprocess.run([*judge, "--captures", str(Path(options.shared) / "pcaps")], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
