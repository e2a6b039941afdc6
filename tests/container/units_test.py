#!/usr/bin/env python3
"""Units and packaging as files: the instance differs from the unit where it must, the package is built with
what the project is built with, and no drop-in exposes more than agreed. systemd itself is the judge of that
(systemd-analyze reads the files offline); nothing is started.

Usage: units_test.py ROOT     exit status 77 without systemd-analyze.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# Drop-ins -> exposure that `systemd-analyze security` may report.
EXPOSURE_MAX = {
    (): 1.8,
    ("visibility.conf",): 2.1,
    ("visibility.conf", "events.conf"): 2.2,
    ("visibility.conf", "events.conf", "worker-placement.conf"): 2.3,
    ("visibility.conf", "namespaces.conf"): 2.4,
    ("visibility.conf", "events.conf", "namespaces.conf"): 2.6,
}

# What an instance has of its own: line of the unit -> line of the instance.
INSTANCE_LINES = {
    "# The sensor of /etc/flowgauge/flowgauge.yaml.": "# The sensor of /etc/flowgauge/INSTANCE.yaml, beside others.",
    "Description=flowgauge network flow sensor": "Description=flowgauge network flow sensor %i",
    "ExecStart=/usr/bin/flowgauge run --config /etc/flowgauge/flowgauge.yaml":
        "ExecStart=/usr/bin/flowgauge run --config /etc/flowgauge/%i.yaml",
    "ExecReload=/usr/bin/flowgauge reload --socket %t/flowgauge/control.sock":
        "ExecReload=/usr/bin/flowgauge reload --socket %t/flowgauge-%i/control.sock",
    "StateDirectory=flowgauge": "StateDirectory=flowgauge flowgauge/%i",
    "LogsDirectory=flowgauge": "LogsDirectory=flowgauge flowgauge/%i",
    "RuntimeDirectory=flowgauge": "RuntimeDirectory=flowgauge-%i",
}


def check_instance(units: Path) -> None:
    unit = (units / "flowgauge.service").read_text().splitlines()
    missing = set(INSTANCE_LINES) - set(unit)
    assert not missing, f"flowgauge.service has no line {missing}"
    wanted = [INSTANCE_LINES.get(line, line) for line in unit]
    found = (units / "flowgauge@.service").read_text().splitlines()
    assert found == wanted, [pair for pair in zip(found, wanted) if pair[0] != pair[1]]


def exposure(units: Path, drop_ins: tuple[str, ...]) -> float:
    with tempfile.TemporaryDirectory() as root:
        directory = Path(root) / "etc/systemd/system"
        (directory / "flowgauge.service.d").mkdir(parents=True)
        shutil.copy(units / "flowgauge.service", directory)
        for name in drop_ins:
            shutil.copy(units / "dropins" / name, directory / "flowgauge.service.d")
        program = Path(root) / "usr/bin/flowgauge"
        program.parent.mkdir(parents=True)
        program.touch(mode=0o755)
        answer = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", f"--root={root}", "--no-pager", "flowgauge.service"],
            capture_output=True, text=True, check=True,
        )
        return float(re.search(r"Overall exposure level for flowgauge.service: ([0-9.]+)", answer.stdout)[1])


def check_grants(units: Path) -> None:
    """What the sensor needs at run time stays allowed in the unit."""
    allowed = re.findall(r"^SystemCallFilter=([^~@].*)$", (units / "flowgauge.service").read_text(), re.M)
    for call in ("sched_setaffinity", "mbind", "set_mempolicy", "setpriority"):
        assert call in " ".join(allowed).split(), f"{call} is not allowed"
    events = (units / "dropins/events.conf").read_text()
    assert re.search("^SystemCallFilter=.*perf_event_open", events, re.M), "events.conf grants no perf_event_open"
    for name in ("visibility.conf", "events.conf", "namespaces.conf"):
        text = (units / "dropins" / name).read_text()
        ambient, bounding = (re.search(f"^{key}=(.*)$", text, re.M)[1]
                             for key in ("AmbientCapabilities", "CapabilityBoundingSet"))
        assert ambient == bounding, f"{name}: {ambient} are not {bounding}"


def check_build_depends(root: Path) -> None:
    listed = re.search(r'build_packages="([^"]*)"', (root / "packaging/dependencies.sh").read_text())[1].split()
    control = (root / "packaging/debian/control").read_text()
    declared = re.findall(r"^(?:Build-Depends:)?\s+([a-z0-9.+-]+)", control.split("Standards-Version")[0], re.M)
    for package in listed:
        assert not package.endswith("-dev") or package in declared, f"debian/control does not name {package}"


def main() -> int:
    root = Path(sys.argv[1])
    units = root / "systemd"
    check_build_depends(root)
    check_instance(units)
    check_grants(units)
    if shutil.which("systemd-analyze") is None:
        print("skipped: no systemd-analyze here")
        return 77
    for drop_ins, limit in EXPOSURE_MAX.items():
        found = exposure(units, drop_ins)
        print(f"exposure {found} (at most {limit}) with {' '.join(drop_ins) or 'no drop-in'}")
        assert found <= limit, f"{drop_ins}: {found} > {limit}"
    return 0


if __name__ == "__main__":
    sys.exit(main())
