#!/usr/bin/env python3
"""`pip install .` into a new environment, and every test of the package there, with pandas, pyarrow and polars.

Usage: package_test.py --flowgauge PROGRAM --source FOLDER --work FOLDER        exit status 77: PyPI is not to be reached
"""

from __future__ import annotations

import argparse
import os
import pathlib
import subprocess
import sys
import venv

PACKAGES = ["pandas", "numpy", "pyarrow", "polars", "tqdm", "scikit-learn", "scikit-build-core>=0.10"]
TESTS = ["core_test", "live_test", "notebook_test", "plugin_test", "reference_test", "tables_test"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flowgauge", required=True)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    args = parser.parse_args()
    venv.create(args.work, with_pip=True, clear=True)
    python = args.work / "bin" / "python"
    pip = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    if subprocess.run([*pip, "install", *PACKAGES], check=False).returncode != 0:
        print("skipped: PyPI does not give", *PACKAGES)
        return 77
    subprocess.run([*pip, "install", "--no-build-isolation", str(args.source)], check=True)
    tests = args.source / "tests" / "python"
    environment = {**os.environ, "PYTHONPATH": str(tests), "PYTHONDONTWRITEBYTECODE": "1",
                   "FLOWGAUGE": args.flowgauge}
    return subprocess.run(
        [str(python), "-m", "unittest", *TESTS], env=environment, cwd=args.work, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
