"""The notebook of the examples, its cells in their order, in a network namespace of their own.

Usage: FLOWGAUGE=PROGRAM python -m unittest notebook_test

Takes root and scikit-learn, and is skipped without. FLOWGAUGE: the daemon that the notebook starts.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import unittest

NOTEBOOK = pathlib.Path(__file__).parents[2] / "python/examples/live_model.ipynb"
CONVERSATIONS = 100  # of live traffic: 50 of each kind


def run_cells(notebook: pathlib.Path) -> dict:
    """What is defined when all cells have run; "_" is the value of the last one's last line."""
    defined: dict = {"__name__": "__main__"}
    for number, cell in enumerate(json.loads(notebook.read_text(encoding="utf-8"))["cells"]):
        if cell["cell_type"] != "code":
            continue
        tree = ast.parse("".join(cell["source"]))
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, f"cell {number}", "exec"), defined)
        if last is not None:
            defined["_"] = eval(compile(ast.Expression(last.value), f"cell {number}", "eval"), defined)
    return defined


class Notebook(unittest.TestCase):
    @unittest.skipUnless(os.geteuid() == 0, "takes root")
    @unittest.skipUnless(os.environ.get("FLOWGAUGE"), "FLOWGAUGE names no program")
    @unittest.skipUnless(importlib.util.find_spec("sklearn"), "takes scikit-learn")
    def test_every_cell_runs_and_the_daemon_predicts(self):
        commands = f'ip link set lo up && exec "{sys.executable}" "{__file__}" run'
        run = subprocess.run(
            ["unshare", "--net", "sh", "-c", commands], capture_output=True, text=True, timeout=300, check=False
        )
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertIn("as they were: ", run.stdout)


def main() -> None:
    table = run_cells(NOTEBOOK)["_"]
    print(table)
    flows = int(table.to_numpy().sum())
    right = sum(int(table[kind].get(kind, 0)) for kind in table)
    assert flows == CONVERSATIONS, f"{flows} flows of {CONVERSATIONS} conversations"
    assert right >= 0.9 * flows, f"{right} of {flows}"
    print(f"as they were: {right} of {flows}")


if __name__ == "__main__":
    if sys.argv[1:] == ["run"]:
        main()
    else:
        unittest.main()
