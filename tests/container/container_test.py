#!/usr/bin/env python3
"""The package as an operator meets it, under a real systemd: installed, started, watched, reloaded, confined,
upgraded, removed and purged.

Usage: container_test.py ROOT [--deb FILE]     exit status 77 where no container can be booted.

Without --deb the package is built first (packaging/build-deb.sh).
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from container import CannotRun, Container, FrozenThread, cached_root, wait_for

UNIT = "flowgauge.service"
INSTANCE = "flowgauge@lo2.service"
CONFIG = "/etc/flowgauge/flowgauge.yaml"
DROP_INS = f"/etc/systemd/system/{UNIT}.d"
METRICS = "http://127.0.0.1:9477/metrics"
CAP_NET_RAW = 1 << 13


def metric(container: Container, name: str, url: str = METRICS) -> float:
    """The sum over the series of a metric."""
    lines = container.text(f"curl -fsS {url}").splitlines()
    values = [float(line.rsplit(" ", 1)[1]) for line in lines if re.match(rf"{name}[ {{]", line)]
    assert values, f"no metric {name}"
    return sum(values)


def journal(container: Container, unit: str = UNIT) -> list[dict]:
    text = container.text(f"journalctl --unit {unit} --output json --no-pager")
    return [json.loads(line) for line in text.splitlines()]


def journal_has(container: Container, words: str, unit: str = UNIT) -> bool:
    return any(words in str(entry.get("MESSAGE")) for entry in journal(container, unit))


def events(container: Container, unit: str = UNIT) -> list[str]:
    return [entry["FLOWGAUGE_EVENT"] for entry in journal(container, unit) if "FLOWGAUGE_EVENT" in entry]


def main_pid(container: Container, unit: str = UNIT) -> int:
    return int(container.show(unit, "MainPID"))


def make_network(container: Container) -> None:
    """The default route leads to a neighbour in a namespace of its own."""
    container.run(
        "ip netns add peer && ip link add eth0 type veth peer name eth1 netns peer && "
        "ip addr add 192.0.2.1/24 dev eth0 && ip link set eth0 up && ip route add default via 192.0.2.2 && "
        "ip -n peer addr add 192.0.2.2/24 dev eth1 && ip -n peer link set eth1 up"
    )
    wait_for("the neighbour answers", lambda: container.run("ping -c 1 -W 1 192.0.2.2", check=False).returncode == 0)


def installed(container: Container, deb: Path) -> None:
    container.path("/root/one.deb").write_bytes(deb.read_bytes())
    container.run("dpkg -i /root/one.deb")
    wait_for("the service is active", lambda: container.is_active(UNIT))
    assert container.show(UNIT, "NRestarts") == "0"
    assert container.text(f"systemctl is-enabled {UNIT}") == "enabled"
    wait_for("a status text", lambda: container.show(UNIT, "StatusText"))
    assert "ready" in events(container), "no READY in the journal"


def confined(container: Container, _: Path) -> None:
    pid = main_pid(container)
    assert container.text(f"ps -o user= -p {pid}") == "flowgauge"
    for field in container.text(f"grep -h '^Cap[EPB]' /proc/{pid}/task/*/status").splitlines():
        assert int(field.split()[1], 16) == CAP_NET_RAW, field
    assert container.text(f"grep -h NoNewPrivs /proc/{pid}/status").split()[1] == "1"
    container.run(f"systemd-analyze verify {UNIT}")
    container.run("systemd-analyze verify flowgauge@dmz.service")


def directories(container: Container, _: Path) -> None:
    for path, wanted in {
        "/var/log/flowgauge": "flowgauge flowgauge 750",
        "/var/lib/flowgauge": "flowgauge flowgauge 750",
        "/run/flowgauge": "flowgauge flowgauge 750",
        "/run/flowgauge/control.sock": "flowgauge flowgauge 660",
        CONFIG: "root root 644",
    }.items():
        found = container.text(f"stat -c '%U %G %a' {path}")
        assert found == wanted, f"{path}: {found}, not {wanted}"


def scraped(container: Container, _: Path) -> None:
    assert metric(container, "flowgauge_config_last_reload_successful") == 1
    container.run("curl -fsS http://127.0.0.1:9477/healthz")
    wait_for("ready", lambda: container.run("curl -fsS http://127.0.0.1:9477/readyz", check=False).returncode == 0)
    before = metric(container, "flowgauge_packets_read_total")
    container.run("ping -c 5 -i 0.2 192.0.2.2")
    wait_for("ten packets of ping are read", lambda: metric(container, "flowgauge_packets_read_total") >= before + 10)


def asked_by_group(container: Container, _: Path) -> None:
    assert "eth0" in container.text("flowgauge status")
    container.run("setpriv --reuid nobody --regid flowgauge --clear-groups flowgauge status")
    refused = container.run("setpriv --reuid nobody --regid nogroup --clear-groups flowgauge status", check=False)
    assert refused.returncode != 0, "anybody may ask"


def reloaded(container: Container, _: Path) -> None:
    pid = main_pid(container)
    good = container.path(CONFIG).read_text()
    container.write(CONFIG, good + "\nflows:\n  idle_timeout: 60s\n")
    container.run(f"systemctl reload {UNIT}")
    assert "reloaded" in events(container)
    container.write(CONFIG, good)
    container.run(f"systemctl kill --signal HUP {UNIT}")
    wait_for("SIGHUP reloads too", lambda: events(container).count("reloaded") == 2)
    assert main_pid(container) == pid and container.is_active(UNIT)


def refused_reload(container: Container, _: Path) -> None:
    pid = main_pid(container)
    good = container.path(CONFIG).read_text()
    container.write(CONFIG, good + "\nflows:\n  idle_timeout: 60\n  no_such_key: 1\n")
    assert container.run(f"systemctl reload {UNIT}", check=False).returncode != 0, "a bad configuration was taken"
    assert container.run("flowgauge reload", check=False).returncode == 2
    assert metric(container, "flowgauge_config_last_reload_successful") == 0
    assert journal_has(container, f"{CONFIG}:") and journal_has(container, "no_such_key")
    assert main_pid(container) == pid and container.is_active(UNIT)
    before = metric(container, "flowgauge_packets_in_flows_total")
    container.run("ping -c 3 -i 0.2 192.0.2.2")
    wait_for("it goes on", lambda: metric(container, "flowgauge_packets_in_flows_total") >= before + 6)
    container.write(CONFIG, good)
    container.run(f"systemctl reload {UNIT}")
    assert metric(container, "flowgauge_config_last_reload_successful") == 1


def frozen_worker(container: Container, _: Path) -> None:
    container.write(f"{DROP_INS}/test.conf", "[Service]\nWatchdogSec=3s\n")
    container.run(f"systemctl daemon-reload && systemctl restart {UNIT}")
    pid = main_pid(container)
    FrozenThread(wait_for("a worker", lambda: container.host_task(pid, "fg-")))
    wait_for("the watchdog restarts it", lambda: container.show(UNIT, "NRestarts") == "1", 60)
    wait_for("it is active again", lambda: container.is_active(UNIT))
    assert main_pid(container) != pid
    assert journal_has(container, "Watchdog timeout")
    container.path(f"{DROP_INS}/test.conf").unlink()
    container.run(f"systemctl daemon-reload && systemctl restart {UNIT}")


def killed(container: Container, _: Path) -> None:
    pid = main_pid(container)
    before = int(container.show(UNIT, "NRestarts"))
    container.run(f"kill -KILL {pid}")
    wait_for("it is started again", lambda: int(container.show(UNIT, "NRestarts")) == before + 1)
    wait_for("it is active again", lambda: container.is_active(UNIT))
    assert main_pid(container) != pid


def rows_of(container: Container) -> list[dict]:
    """All records in the log directory; every file is whole."""
    rows = []
    for file in sorted(container.path("/var/log/flowgauge").iterdir()):
        if file.is_dir():
            continue
        assert re.fullmatch(r"flows-.*\.csv", file.name), f"{file.name} was left behind"
        found = container.text(f"stat -c '%U %G %a' /var/log/flowgauge/{file.name}")
        assert found == "flowgauge flowgauge 640", f"{file.name}: {found}"
        text = file.read_text()
        assert not text or text.endswith("\n"), f"{file.name} ends within a line"
        reader = csv.DictReader(io.StringIO(text))
        for row in reader:
            assert None not in row and None not in row.values(), f"{file.name}: {row}"
            rows.append(row)
    return rows


def drained(container: Container, _: Path) -> None:
    container.run("rm -f /var/log/flowgauge/*.csv*")
    container.run(f"systemctl restart {UNIT}")
    container.run("rm -f /var/log/flowgauge/*.csv")
    container.run("ping -c 5 -i 0.2 192.0.2.2")
    wait_for("the packets are read", lambda: metric(container, "flowgauge_packets_in_flows_total") >= 10)
    container.run(f"systemctl stop {UNIT}")
    assert container.show(UNIT, "Result") == "success"
    assert "stopping" in events(container)
    pings = [row for row in rows_of(container) if row["protocol"] == "1"]
    assert sum(int(row["bidirectional_packets"]) for row in pings) >= 10, pings
    assert {row["end_reason"] for row in pings} == {"shutdown"}, pings
    container.run(f"systemctl start {UNIT}")


SPOOL = "/var/lib/flowgauge/spool/siem"
SIEM_SINK = f"""
sinks:
  - name: siem
    type: ipfix
    transport: tcp
    collectors: ["127.0.0.1:4739"]
    replay: 0B  # what was sent is acknowledged
    queue: {{memory: 1MiB, when_full: spool}}
    spool: {{directory: {SPOOL}, size: 16MiB}}
"""
COLLECTOR = """
import socket, sys
server = socket.create_server(("127.0.0.1", 4739))
server.settimeout(60)
with server.accept()[0] as sender, open(sys.argv[1], "wb") as file:
    while data := sender.recv(65536):
        file.write(data)
        file.flush()
"""


def spooled(container: Container, _: Path) -> None:
    """What a collector that is away did not get waits on disk, through a restart, for the day it comes back."""
    good = container.path(CONFIG).read_text()
    container.write(CONFIG, good + "\ninclude: conf.d/*.yaml\n")
    container.write("/etc/flowgauge/conf.d/siem.yaml", SIEM_SINK)
    container.run(f"systemctl reset-failed {UNIT}; systemctl restart {UNIT}")
    container.run("ping -c 3 -i 0.2 192.0.2.2")
    wait_for("the packets are read", lambda: metric(container, "flowgauge_packets_in_flows_total") >= 6)
    container.run(f"systemctl stop {UNIT}")
    assert container.show(UNIT, "Result") == "success"
    assert container.text(f"stat -c '%U %G %a' {SPOOL}") == "flowgauge flowgauge 750"
    with tempfile.TemporaryDirectory() as folder:
        received = Path(folder) / "messages"
        with subprocess.Popen(["nsenter", f"--net=/proc/{container.init}/ns/net", sys.executable, "-c", COLLECTOR,
                               str(received)]) as collector:
            try:
                container.run(f"systemctl reset-failed {UNIT}; systemctl start {UNIT}")
                recovered = metric(container, "flowgauge_sink_records_recovered_total")
                assert recovered >= 1, recovered
                wait_for("the spool is empty", lambda: metric(container, "flowgauge_sink_spooled_records") == 0)
                wait_for("the collector has them", lambda: received.exists() and received.stat().st_size > 0)
                assert received.read_bytes()[:2] == b"\0\x0a", "no IPFIX message"
            finally:
                collector.terminate()
    container.run("rm -r /etc/flowgauge/conf.d")
    container.write(CONFIG, good)
    container.run(f"systemctl reset-failed {UNIT}; systemctl restart {UNIT}")


def journal_fields(container: Container, _: Path) -> None:
    own = [entry for entry in journal(container) if "FLOWGAUGE_EVENT" in entry]
    assert own and all(entry["SYSLOG_IDENTIFIER"] == "flowgauge" for entry in own)
    refused = [entry for entry in own if entry["FLOWGAUGE_EVENT"] == "reload_refused"]
    assert refused and all(entry["PRIORITY"] == "3" for entry in refused), refused
    found = container.text("journalctl --no-pager --output cat FLOWGAUGE_EVENT=stopping")
    assert found, "journalctl does not find messages by field"


def link(container: Container, drop_in: str) -> None:
    container.run(f"mkdir -p {DROP_INS} && ln -s /usr/share/flowgauge/systemd/{drop_in} {DROP_INS}/")
    container.run(f"systemctl reset-failed {UNIT}; systemctl daemon-reload && systemctl restart {UNIT}")
    assert container.is_active(UNIT)


def granted(container: Container, _: Path) -> None:
    """Drop-ins as an operator links them: the exposure stays within its limits, and the sensor starts."""
    limits = {None: 1.8, "visibility.conf": 2.1, "events.conf": 2.2, "namespaces.conf": 2.6}
    for name, limit in limits.items():
        if name:
            link(container, name)
        answer = container.text(f"systemd-analyze security --no-pager {UNIT}")
        exposure = float(re.search(r"Overall exposure level.*: ([0-9.]+)", answer)[1])
        print(f"    exposure {exposure} with {name or 'no drop-in'} (at most {limit})")
        assert exposure <= limit
    container.run(f"rm -r {DROP_INS} && systemctl daemon-reload && systemctl restart {UNIT}")


VISIBILITY = """
visibility:
  system_visibility_mode: 1
"""
FETCHER = "fetcher.service"
# Answers each connection after the time that its path names.
SLOW_SERVER = """
import socketserver, time
class Answer(socketserver.StreamRequestHandler):
    def handle(self):
        time.sleep(float(self.rfile.readline().split()[1][1:]))
        self.wfile.write(b"HTTP/1.0 200 OK\\r\\n\\r\\n")
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
Server(("192.0.2.2", 8000), Answer).serve_forever()
"""


def fetched(container: Container, seconds: float) -> tuple[int, dict]:
    """Process id of curl as a unit of its own, and the record of what it fetched."""
    container.run(f"systemctl restart {UNIT}")
    container.run("rm -f /var/log/flowgauge/*.csv")
    wait_for("sockets are looked at", lambda: metric(container, "flowgauge_visibility_polls_total") >= 2)
    container.run(f"systemd-run --quiet --wait --collect --unit {FETCHER} "
                  f"sh -c 'echo $$$$ > /run/fetcher.pid; exec curl -fsS http://192.0.2.2:8000/{seconds}'")
    wait_for("its packets are read", lambda: metric(container, "flowgauge_flows_active") >= 1)
    container.run(f"systemctl stop {UNIT}")
    rows = [row for row in rows_of(container) if row["dst_port"] == "8000"]
    container.run(f"systemctl start {UNIT}")
    assert len(rows) == 1, rows
    return int(container.text("cat /run/fetcher.pid")), rows[0]


def expect_owner(row: dict, **wanted: object) -> None:
    found = {name: row[f"system_{name}"] for name in wanted}
    assert found == {name: str(value) for name, value in wanted.items()}, f"{found}, not {wanted}"


def mount_tracing(container: Container) -> bool:
    """systemd does not mount it in containers."""
    container.run("mount -t tracefs tracefs /sys/kernel/tracing", check=False)
    return container.run("test -e /sys/kernel/tracing/events/sock/inet_sock_set_state/id", check=False).returncode == 0


def attributed(container: Container, _: Path) -> None:
    """Whose flows they are, with each drop-in more of them; what lacks is said."""
    good = container.path(CONFIG).read_text()
    container.write(CONFIG, good + VISIBILITY)
    peer = f"/proc/{container.init}/root/run/netns/peer"
    with subprocess.Popen(["nsenter", f"--net={peer}", sys.executable, "-c", SLOW_SERVER]) as server:
        try:
            attribute(container)
        finally:
            server.terminate()
    container.run(f"rm -rf {DROP_INS}")
    container.write(CONFIG, good)
    container.run(f"systemctl reset-failed {UNIT}; systemctl daemon-reload && systemctl restart {UNIT}")


def attribute(container: Container) -> None:
    tracing = mount_tracing(container)
    container.run(f"systemctl reset-failed {UNIT}; systemctl restart {UNIT}")
    _, row = fetched(container, 0.5)
    expect_owner(row, process_pid=-1, process_name="", process_uid=0, match="uid_only", reason="denied")
    assert "CAP_SYS_PTRACE" in container.text("flowgauge status"), "status does not say what lacks"
    assert journal_has(container, "CAP_SYS_PTRACE"), "the journal does not say what would help"
    link(container, "visibility.conf")
    pid, row = fetched(container, 0.5)
    expect_owner(row, process_pid=pid, process_name="curl", process_exe="/usr/bin/curl", process_uid=0, match="exact",
                 reason="ok", unit=FETCHER)
    assert not tracing or journal_has(container, "CAP_PERFMON"), "the journal does not say what would tell of more"
    link(container, "events.conf")
    if tracing:
        pid, row = fetched(container, 0)
        expect_owner(row, process_pid=pid, process_name="curl", match="event", reason="ok")
    else:
        print("    no tracefs in the container: events are not tried")
    container.run("systemd-run --quiet --collect --unit neighbour.service ip netns exec peer sleep infinity")
    link(container, "namespaces.conf")
    wait_for("the neighbour's namespace is seen", lambda: metric(container, "flowgauge_visibility_namespaces") == 2)
    assert metric(container, "flowgauge_visibility_namespaces_skipped") == 0
    container.run("systemctl stop neighbour.service")


def instance(container: Container, _: Path) -> None:
    container.write(
        "/etc/flowgauge/lo2.yaml",
        "version: 1\ninputs:\n  - name: loopback\n    interface: lo\nsinks:\n  - name: disk\n    type: file\n"
        "    path: /var/log/flowgauge/lo2/flows.csv\n    rotate_every: 1h\nmetrics:\n  listen: 127.0.0.1:9478\n",
    )
    container.run(f"systemctl enable --now {INSTANCE}")
    assert container.is_active(INSTANCE)
    assert metric(container, "flowgauge_config_last_reload_successful", "http://127.0.0.1:9478/metrics") == 1
    assert "loopback" in container.text("flowgauge status --socket /run/flowgauge-lo2/control.sock")
    container.run(f"systemctl reload {INSTANCE}")
    assert container.text("stat -c '%U %a' /var/log/flowgauge/lo2") == "flowgauge 750"
    assert container.is_active(UNIT)


def completed(container: Container, _: Path) -> None:
    """What bash offers after a few words."""
    def offers(*words: str) -> list[str]:
        script = (
            ". /usr/share/bash-completion/bash_completion; . /usr/share/bash-completion/completions/flowgauge; "
            f"COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}; COMP_LINE='{' '.join(words)}'; "
            "COMP_POINT=${#COMP_LINE}; compopt() { :; }; _flowgauge; printf '%s\\n' \"${COMPREPLY[@]}\""
        )
        container.write("/root/complete.sh", script)
        return container.text("bash /root/complete.sh").split()
    assert {"read", "run", "fields"} <= set(offers("flowgauge", "''"))
    assert "--idle-timeout" in offers("flowgauge", "read", "--idle")
    assert offers("flowgauge", "run", "--interface", "et") == ["eth0"]
    assert offers("flowgauge", "read", "--columns", "src_ip,dst_po") == ["src_ip,dst_port"]


def upgraded(container: Container, deb: Path) -> None:
    with tempfile.TemporaryDirectory() as directory:
        tree, newer = Path(directory) / "tree", Path(directory) / "newer.deb"
        subprocess.run(["dpkg-deb", "-R", str(deb), str(tree)], check=True)
        control = tree / "DEBIAN/control"
        control.write_text(re.sub(r"^(Version: .*)$", r"\1+upgrade", control.read_text(), flags=re.M))
        subprocess.run(["dpkg-deb", "--root-owner-group", "-b", str(tree), str(newer)], check=True, capture_output=True)
        container.path("/root/newer.deb").write_bytes(newer.read_bytes())
    before = main_pid(container), main_pid(container, INSTANCE)
    container.run("dpkg -i /root/newer.deb")
    for unit, pid in zip((UNIT, INSTANCE), before):
        wait_for(f"{unit} is active", lambda unit=unit: container.is_active(unit))
        assert main_pid(container, unit) != pid, f"{unit} was not restarted"


def removed(container: Container, _: Path) -> None:
    container.run("dpkg -r flowgauge")
    for unit in (UNIT, INSTANCE):
        assert not container.is_active(unit), f"{unit} still runs"
    assert container.run("pgrep -x flowgauge", check=False).returncode != 0
    for path in (CONFIG, "/var/lib/flowgauge", "/var/log/flowgauge"):
        assert container.path(path).exists(), f"{path} is gone"
    assert rows_of(container), "the records are gone"


def purged(container: Container, _: Path) -> None:
    container.run("dpkg -P flowgauge")
    for path in (CONFIG, "/var/lib/flowgauge", "/var/log/flowgauge", "/usr/share/flowgauge"):
        assert not container.path(path).exists(), f"{path} is still there"
    assert container.path("/etc/flowgauge/lo2.yaml").exists(), "the operator's own file is gone"
    assert container.text("systemctl list-units --plain --no-legend 'flowgauge*' --state active,failed") == ""


STEPS = [
    installed, confined, directories, scraped, asked_by_group, reloaded, refused_reload, frozen_worker, killed, drained,
    spooled, journal_fields, granted, attributed, instance, completed, upgraded, removed, purged,
]


def built(root: Path, output: str) -> Path:
    subprocess.run([str(root / "packaging/build-deb.sh"), "--output", output], check=True, stdout=subprocess.DEVNULL)
    return next(Path(output).glob("flowgauge_*.deb"))


def walk(container: Container, deb: Path, only: list[str]) -> None:
    make_network(container)
    for step in STEPS:
        if only and step.__name__ not in only:
            continue
        print(f"  {step.__name__}", flush=True)
        try:
            step(container, deb)
        except (AssertionError, subprocess.SubprocessError):
            print(container.run("systemctl status 'flowgauge*'; journalctl --no-pager -n 60", check=False).stdout)
            raise


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=Path)
    parser.add_argument("--deb", type=Path)
    parser.add_argument("--only", nargs="*", default=[], help="names of steps")
    arguments = parser.parse_args()
    try:
        if os.geteuid() != 0:
            raise CannotRun("needs root")
        with tempfile.TemporaryDirectory() as output:
            deb = arguments.deb or built(arguments.root, output)
            with Container(cached_root(deb)) as container:
                walk(container, deb, arguments.only)
    except CannotRun as reason:
        print(f"skipped: {reason}")
        return 77
    print("all steps passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
