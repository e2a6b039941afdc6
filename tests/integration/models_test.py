#!/usr/bin/env python3
"""Models as their own libraries predict: scikit-learn, XGBoost and LightGBM against flowgauge's evaluation.

Usage: models_test.py --flowgauge FLOWGAUGE --rows MODEL_ROWS --root SOURCES --shared FOLDER --cache FOLDER --mode fast|full

fast: what is committed for the unit tests is read by flowgauge.models and written again, byte for byte; no package
is needed. full: gets the libraries from PyPI into the cache and has model_judge.py train on flows of the shared
captures and on random rows, and compare all of them. Exit status 77 when PyPI or the captures cannot be reached.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

PACKAGES = {"sklearn": "scikit-learn", "xgboost": "xgboost-cpu", "lightgbm": "lightgbm", "pandas": "pandas"}
SKIPPED = 77


def models_of(root: Path) -> ModuleType:
    """flowgauge.models without the package around it, which needs its native part."""
    spec = importlib.util.spec_from_file_location("models", root / "python/flowgauge/models/__init__.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["models"] = module
    spec.loader.exec_module(module)
    return module


def write_again(root: Path) -> int:
    models = models_of(root)
    files = sorted((root / "tests/unit/extension/models/data").glob("*.fgm"))
    if not files:
        print("no models are committed")
        return 1
    wrong = 0
    for file in files:
        written = "".join(line + "\n" for line in models.file_format.lines_of(models.load(file)))
        if written != file.read_text(encoding="utf-8"):
            print(f"{file.name}: written again it is another text")
            wrong += 1
    for text in ("", "flowgauge-model 2\n", files[0].read_text(encoding="utf-8")[:-100]):
        broken = Path("broken.fgm")
        broken.write_text(text, encoding="utf-8")
        try:
            models.load(broken)
            print(f"a broken file of {len(text)} characters was read")
            wrong += 1
        except models.ModelError:
            pass
        broken.unlink()
    print(f"{len(files)} models read and written again, {wrong} wrong")
    return 1 if wrong else 0


def has_packages(python: str) -> bool:
    code = "import " + ", ".join(PACKAGES)
    return subprocess.run([python, "-c", code], capture_output=True, check=False).returncode == 0


def python_with_packages(cache: Path) -> str | None:
    home = cache / "python-models"
    python = home / "bin" / "python3"
    if python.exists() and has_packages(str(python)):
        return str(python)
    cache.mkdir(parents=True, exist_ok=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES.values()]
    for step in ([sys.executable, "-m", "venv", str(home)], install):
        try:
            done = subprocess.run(step, capture_output=True, text=True, timeout=900, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            print(f"skipped: {error}")
            return None
        if done.returncode != 0:
            print("skipped: " + done.stderr.strip().rsplit("\n", maxsplit=1)[-1])
            return None
    return str(python)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--flowgauge", required=True)
    parser.add_argument("--rows", required=True)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--mode", choices=["fast", "full"], required=True)
    options = parser.parse_args()
    if options.mode == "fast":
        return write_again(options.root)
    if not (options.shared / "pcaps").is_dir():
        print(f"skipped: no captures in {options.shared}")
        return SKIPPED
    python = python_with_packages(options.cache)
    if python is None:
        return SKIPPED
    judge = [python, str(Path(__file__).with_name("model_judge.py"))]
    judge += ["--flowgauge", options.flowgauge, "--rows", options.rows, "--root", str(options.root)]
    return subprocess.run([*judge, "--captures", str(options.shared / "pcaps")], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
