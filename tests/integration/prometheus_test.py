#!/usr/bin/env python3
"""What monitoring sees, with the tools of Prometheus: rules, dashboard, scrape.

Usage: prometheus_test.py --flowgauge BINARY --sensor SAMPLE_SENSOR --packaging FOLDER --captures FOLDER --part PART
PART: rules      promtool checks the rules and runs their tests; every alert has both kinds of test;
                 every metric that a rule names exists, with the labels that it asks for
      dashboard  every expression of the dashboard parses, and the same of its metrics
      daemon     a real prometheus scrapes the sensor itself, which reads captures, plain and over
                 TLS, and finds the laws of conservation to hold
      scrape     the same of a sample of all there can be: promtool checks /metrics; a real prometheus scrapes it, plain and over TLS with a
                 client certificate and a password, and finds the laws of conservation to hold

Exit status 0 passed, 1 failed, 77 skipped because a program is missing.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import TextIO

SKIPPED = 77
PATIENCE_SECONDS = 60.0
METRIC_NAME = re.compile(r"\b(?:flowgauge|process)_[a-z0-9_]+\b")
SERIES = re.compile(r"(?<![:\w])((?:flowgauge|process)_[a-z0-9_]+)\s*(?:\{([^}]*)\})?")
LABEL = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"')
OF_PROMETHEUS = {"job", "instance"}  # labels that the server itself adds


class Failure(Exception):
    """Something is not as it should be."""


def expect(condition: bool, message: str) -> None:
    if not condition:
        raise Failure(message)


def need(*programs: str) -> None:
    """Leaves with SKIPPED unless all programs are there."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        print(f"skipped: {', '.join(missing)} missing (apt-get install prometheus openssl)")
        sys.exit(SKIPPED)


def run(*command: str, text: str | None = None, folder: Path | None = None) -> str:
    done = subprocess.run(
        command, input=text, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    expect(done.returncode == 0, f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def metric_labels(flowgauge: str) -> dict[str, set[str]]:
    """Metric -> its labels, of `flowgauge fields --metrics`."""
    rows = re.findall(r"^\| `(\w+)` \| \w+ \| [^|]* \| ([^|]*) \|", run(flowgauge, "fields", "--metrics"), re.M)
    expect(len(rows) > 50, "flowgauge fields --metrics names too few metrics")
    return {name: set(filter(None, labels.strip().split(", "))) for name, labels in rows}


def check_expression(expression: str, metrics: dict[str, set[str]], where: str) -> None:
    """Every metric exists and has the labels by which it is selected."""
    for name, selector in SERIES.findall(expression):
        expect(name in metrics, f"{where}: there is no metric {name}")
        unknown = set(LABEL.findall(selector)) - metrics[name] - OF_PROMETHEUS
        expect(not unknown, f"{where}: {name} has no label {', '.join(sorted(unknown))}")


def check_rules(flowgauge: str, packaging: Path) -> None:
    need("promtool")
    folder = packaging / "prometheus"
    rules = [folder / "flowgauge.rules.yml", folder / "flowgauge.alerts.yml"]
    run("promtool", "check", "rules", "--lint=all", "--lint-fatal", *map(str, rules))
    print(run("promtool", "test", "rules", "flowgauge.alerts_test.yml", folder=folder).strip())

    metrics = metric_labels(flowgauge)
    recorded = {name for path in rules for name in re.findall(r"record: (\S+)", path.read_text())}
    for path in rules:
        text = re.sub(r"^ *(#|summary|description|record:|- record:).*$", "", path.read_text(), flags=re.M)
        for used in set(re.findall(r"\b[a-z_]+(?::[a-z0-9_]+)+\b", text)):
            expect(used in recorded, f"{path.name}: nothing records {used}")
        text = re.sub(r"\b[a-z_]+(?::[a-z0-9_]+)+\b(\{[^}]*\})?", "", text)
        check_expression(text, metrics, path.name)

    tests = re.split(r"(?=^  - interval:)", (folder / "flowgauge.alerts_test.yml").read_text(), flags=re.M)
    alerts = re.findall(r"alert: (\w+)", rules[1].read_text())
    for alert in alerts:
        mine = [test for test in tests if f"alertname: {alert}\n" in test]
        expect(any("exp_alerts: []" in test for test in mine), f"no test in which {alert} is silent")
        expect(any("exp_labels" in test for test in mine), f"no test in which {alert} fires")
    print(f"{len(alerts)} alerts, each seen firing and silent")


def expressions_of(value: object) -> list[str]:
    """All PromQL of a dashboard: `expr` anywhere, and what label_values() selects from."""
    found: list[str] = []
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "expr":
                found.append(item)
            elif key == "definition":
                found.append(re.fullmatch(r"label_values\((.*), \w+\)", item)[1])
            else:
                found += expressions_of(item)
    elif isinstance(value, list):
        for item in value:
            found += expressions_of(item)
    return found


def check_dashboard(flowgauge: str, packaging: Path) -> None:
    need("promtool")
    dashboard = json.loads((packaging / "grafana" / "flowgauge.json").read_text())
    expressions = expressions_of(dashboard)
    expect(len(expressions) > 30, f"only {len(expressions)} expressions")
    metrics = metric_labels(flowgauge)
    lines = ["groups:", "  - name: dashboard", "    rules:"]
    for number, expression in enumerate(expressions):
        check_expression(expression, metrics, "dashboard")
        plain = re.sub(r"\$(?!__)\w+", ".*", expression.replace("$__rate_interval", "5m"))
        lines += [f"      - record: dashboard:{number}", f"        expr: {json.dumps(plain)}"]
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as rules:
        rules.write("\n".join(lines) + "\n")
        rules.flush()
        run("promtool", "check", "rules", rules.name)
    panels = dashboard["panels"]
    ids = [panel["id"] for panel in panels]
    expect(len(ids) == len(set(ids)), "two panels have one id")
    places = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in panels]
    expect(len(places) == len(set(places)), "two panels have one place")
    print(f"{len(panels)} panels, {len(expressions)} expressions")


class Sensor:
    """A running sample_sensor."""

    def __init__(self, program: str, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        expect(line.strip().isdigit(), "the sample sensor does not start")
        self.port = int(line)

    def __enter__(self) -> Sensor:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=PATIENCE_SECONDS)


class Child:
    """A program that ends with its block."""

    process: subprocess.Popen
    log: TextIO  # what it prints

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=PATIENCE_SECONDS)
        self.log.close()


class Daemon(Child):
    """The sensor itself: reads `captures`, then waits for more; metrics at `port`."""

    def __init__(self, flowgauge: str, folder: Path, captures: Path, name: str, secure: bool) -> None:
        self.port = free_port()
        own = folder / name
        own.mkdir()
        metrics: dict[str, object] = {"listen": f"127.0.0.1:{self.port}"}
        if secure:
            metrics["tls"] = {
                "cert_file": str(folder / "server.pem"),
                "key_file": str(folder / "server.key"),
                "client_ca_file": str(folder / "ca.pem"),
            }
            metrics["basic_auth"] = {"user": "ali", "password_file": str(folder / "password")}
        configuration = {
            "version": 1,
            "inputs": [{"name": "replay", "files": [str(captures)], "watch": True}],
            "flows": {"idle_timeout": "1s"},
            "sinks": [{"name": "disk", "type": "file", "format": "csv", "path": str(own / "flows.csv")}],
            "metrics": metrics,
            "control": {"socket": str(own / "control.sock")},
        }
        (own / "flowgauge.yaml").write_text(json.dumps(configuration))
        self.log = (own / "log").open("w")
        self.process = subprocess.Popen(
            [flowgauge, "run", "--config", str(own / "flowgauge.yaml")],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT,
        )


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificates(folder: Path) -> None:
    def openssl(*arguments: str) -> None:
        run("openssl", *arguments, folder=folder)

    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *new_key, "-days", "2", "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.pem")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    for name in ["server", "client"]:
        openssl("req", *new_key, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        openssl(
            "x509", "-req", "-days", "2", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-extfile", "names", "-out", f"{name}.pem",
        )
    (folder / "password").write_text("open sesame\n")


class Prometheus(Child):
    """A real server that scrapes `plain` as job flowgauge, and `secure` as job secure."""

    def __init__(self, folder: Path, packaging: Path, plain: int, secure: int) -> None:
        self.folder = folder
        self.port = free_port()
        configuration = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [
                str(packaging / "prometheus" / f"flowgauge.{kind}.yml") for kind in ["rules", "alerts"]
            ],
            "scrape_configs": [
                {"job_name": "flowgauge", "static_configs": [{"targets": [f"127.0.0.1:{plain}"]}]},
                {
                    "job_name": "secure",
                    "scheme": "https",
                    "basic_auth": {"username": "ali", "password_file": str(folder / "password")},
                    "tls_config": {
                        "ca_file": str(folder / "ca.pem"),
                        "cert_file": str(folder / "client.pem"),
                        "key_file": str(folder / "client.key"),
                    },
                    "static_configs": [{"targets": [f"127.0.0.1:{secure}"]}],
                },
            ],
        }
        (folder / "prometheus.yml").write_text(json.dumps(configuration))  # JSON is YAML
        self.log = (folder / "prometheus.log").open("w")
        self.process = subprocess.Popen(
            [
                "prometheus", f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{self.port}",
            ],
            stdout=self.log, stderr=subprocess.STDOUT,
        )

    def api(self, path: str) -> dict:
        return json.loads(get(f"http://127.0.0.1:{self.port}/api/v1/{path}"))["data"]

    def query(self, expression: str) -> list[tuple[dict[str, str], float]]:
        rows = self.api("query?" + urllib.parse.urlencode({"query": expression}))["result"]
        return [(row["metric"], float(row["value"][1])) for row in rows]

    def wait_for(self, expression: str, wanted: str) -> list[tuple[dict[str, str], float]]:
        """The rows of `expression` as soon as there are some."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                if rows := self.query(expression):
                    return rows
            except (urllib.error.URLError, ConnectionError):
                pass  # it is still starting
            if time.monotonic() > deadline or self.process.poll() is not None:
                log = (self.folder / "prometheus.log").read_text()[-3000:]
                raise Failure(f"{wanted}: {expression} gives nothing\n{log}")
            time.sleep(0.2)


LAWS = {
    "packets": "sum by (job, input) (flowgauge_packets_read_total)"
    " - sum by (job, input) (flowgauge_packets_in_flows_total)"
    " - sum by (job, input) (flowgauge_packets_rejected_total)"
    " - sum by (job, input) (flowgauge_reassembly_held_frames)",
    "flows": "sum by (job, input, worker) (flowgauge_flows_created_total)"
    " - sum by (job, input, worker) (flowgauge_flows_active)"
    " - sum by (job, input, worker) (flowgauge_flows_expired_total)",
    "records": "sum by (job, sink) (flowgauge_sink_records_in_total)"
    " - sum by (job, sink) (flowgauge_sink_records_acknowledged_total)"
    " - sum by (job, sink) (flowgauge_sink_records_dropped_total)"
    " - sum by (job, sink) (flowgauge_sink_queued_records)",
}


def check_server(prometheus: Prometheus, samples: int) -> None:
    prometheus.wait_for('count(up == 1) == 2', "both jobs are up")
    scraped = prometheus.query('scrape_samples_scraped{job="flowgauge"}')
    expect(scraped[0][1] == samples, f"{scraped[0][1]} samples scraped of {samples}")
    for law, expression in LAWS.items():
        rows = prometheus.query(expression)
        expect(len(rows) >= 4, f"law of {law}: {rows}")
        expect(all(value == 0 for _, value in rows), f"law of {law} does not hold: {rows}")
    prometheus.wait_for("instance_input:flowgauge_packets_read:rate5m > 0", "recording rules work")
    prometheus.wait_for('ALERTS{alertname="FlowgaugeWorkerStalled",alertstate="firing"}', "alerts fire")
    groups = prometheus.api("rules")["groups"]
    bad = [rule["name"] for group in groups for rule in group["rules"] if rule["health"] == "err"]
    expect(not bad and len(groups) == 2, f"{len(groups)} groups; not healthy: {bad}")


def check_scrape(sensor: str, packaging: Path) -> None:
    need("promtool", "prometheus", "openssl")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_certificates(folder)
        files = [str(folder / file) for file in ["server.pem", "server.key", "ca.pem"]]
        with Sensor(sensor) as plain, Sensor(sensor, *files, "ali", str(folder / "password")) as secure:
            url = f"http://127.0.0.1:{plain.port}/metrics"
            get(url)  # so that flowgauge_http_requests_total exists
            text = get(url)
            complaints = run("promtool", "check", "metrics", text=text)
            expect(complaints == "", f"promtool check metrics: {complaints}")
            samples = len([line for line in text.splitlines() if not line.startswith("#")])
            with Prometheus(folder, packaging, plain.port, secure.port) as prometheus:
                check_server(prometheus, samples)
            print(f"{samples} samples scraped, laws hold, rules are healthy, also over TLS")


def check_daemon(flowgauge: str, captures: Path, packaging: Path) -> None:
    need("promtool", "prometheus", "openssl")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_certificates(folder)
        (folder / "captures").mkdir()
        for capture in sorted(captures.glob("*/input.pcap*")):
            shutil.copy2(capture, folder / "captures" / f"{capture.parent.name}{capture.suffix}")
        read = len(list((folder / "captures").iterdir()))
        with (
            Daemon(flowgauge, folder, folder / "captures", "plain", False) as plain,
            Daemon(flowgauge, folder, folder / "captures", "secure", True) as secure,
            Prometheus(folder, packaging, plain.port, secure.port) as prometheus,
        ):
            prometheus.wait_for("count(up == 1) == 2", "both sensors are up")
            prometheus.wait_for(
                f"count(flowgauge_input_files_read_total == {read}) == 2", f"both have read {read} captures"
            )
            complaints = run(
                "promtool", "check", "metrics", text=get(f"http://127.0.0.1:{plain.port}/metrics")
            )
            expect(complaints == "", f"promtool check metrics: {complaints}")
            for law, expression in LAWS.items():
                rows = prometheus.query(expression)
                expect(len(rows) == 2, f"law of {law}: {rows}")
                expect(all(value == 0 for _, value in rows), f"law of {law} does not hold: {rows}")
            packets = prometheus.query("sum by (job) (flowgauge_packets_read_total)")
            flows = prometheus.query("sum by (job) (flowgauge_flows_created_total)")
            expect(len({value for _, value in packets}) == 1 and packets[0][1] > 100, f"{packets}")
            expect(len({value for _, value in flows}) == 1 and flows[0][1] > 20, f"{flows}")
            print(f"{read} captures, {packets[0][1]:.0f} packets, {flows[0][1]:.0f} flows, laws hold")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flowgauge", required=True)
    parser.add_argument("--sensor", required=True)
    parser.add_argument("--packaging", required=True, type=Path)
    parser.add_argument("--part", required=True, choices=["rules", "dashboard", "scrape", "daemon"])
    parser.add_argument("--captures", required=True, type=Path)
    options = parser.parse_args()
    packaging = options.packaging.resolve()
    try:
        if options.part == "rules":
            check_rules(options.flowgauge, packaging)
        elif options.part == "dashboard":
            check_dashboard(options.flowgauge, packaging)
        elif options.part == "daemon":
            check_daemon(options.flowgauge, options.captures, packaging)
        else:
            check_scrape(options.sensor, packaging)
    except Failure as failure:
        print(f"FAILED: {failure}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
