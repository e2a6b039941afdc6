#!/usr/bin/env python3
"""Trains models on flows of captures, runs them in a live sensor and in `read`, and compares all rows with predict().

Usage: models_live_judge.py --flowgauge FLOWGAUGE --player FRAME_PLAYER --root SOURCES --captures FOLDER

The truth of a row is what the library predicts for the columns that stand in that row. A model that runs with the fifth
packet of a flow has two truths: columns as computed features kept them then, and the rows of a capture in which every
flow has been cut after its fifth packet. Started by models_live_test.py, in a Python that has the libraries.
"""

from __future__ import annotations

import argparse
import glob
import io
import json
import signal
import struct
import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import lightgbm
import numpy as np
import pandas
import xgboost
from live.network import Bed
from live.outcome import Failure, expect
from live.processes import end_all, wait_for
from live.sender import play
from live.service import Service
from live.settings import Settings
from models_test import models_of
from sklearn.ensemble import RandomForestClassifier

warnings.simplefilter("ignore")

LAST_DIGITS = 16  # of probabilities that pass an exponential function, as in model_judge.py
ROWS_WANTED = 1000
CUT = 5  # packets
EARLY = [
    *(f"{way}_{what}" for way in ("bidirectional", "src2dst", "dst2src") for what in ("packets", "bytes", "mean_ps", "max_ps")),
    "bidirectional_stddev_ps",
    "bidirectional_mean_piat_ms",
    "bidirectional_duration_ms",
    "src2dst_psh_packets",
]
KEY = ["src_ip", "src_port", "dst_ip", "dst_port", "protocol"]


@dataclass
class Trained:
    """A fitted estimator and the file that was made of it."""

    name: str
    estimator: Any
    columns: list[str]
    classes: list[Any]
    file: Path
    tolerance: float  # of probabilities

    @property
    def outputs(self) -> list[str]:
        return [self.name, f"{self.name}_probability", *(f"{self.name}_{i}" for i in range(len(self.classes)))]

    def settings(self, **more: Any) -> dict[str, Any]:
        return {"name": self.name, "file": str(self.file), "outputs": self.outputs, **more}

    def judge(self, what: str, inputs: pandas.DataFrame, flows: pandas.DataFrame) -> None:
        """Every row of `flows` has what the library predicts for the same row of `inputs`."""
        rows = inputs.to_numpy(dtype=np.float64)
        wanted = np.array(self.classes, dtype=object)[np.searchsorted(self.estimator.classes_, self.estimator.predict(rows))]
        differ = int((flows[f"udps.{self.name}"].to_numpy() != wanted).sum())
        expect(differ == 0, f"{what}, {self.name}: {differ} of {len(rows)} predictions differ")
        truth = np.asarray(self.estimator.predict_proba(rows), dtype=np.float64)
        ours = flows[[f"udps.{name}" for name in self.outputs[1:]]].to_numpy(dtype=np.float64)
        worst = float(np.abs(ours - np.column_stack([truth.max(axis=1), truth])).max())
        expect(worst <= self.tolerance, f"{what}, {self.name}: a probability differs by {worst}, {self.tolerance} is allowed")
        print(f"       {what}, {self.name}: {len(rows)} rows, {len(set(wanted))} classes, all equal", flush=True)


class Judge:
    def __init__(self, options: argparse.Namespace, folder: str) -> None:
        self.settings = Settings(options.flowgauge, options.player, "", folder)
        self.folder = Path(folder)
        self.models = models_of(Path(options.root))
        self.captures = sorted(path for path in map(str, Path(options.captures).glob("*.pcap*")) if self.plays(path))
        print(f"{len(self.captures)} captures can be played", flush=True)
        self.trained: list[Trained] = []

    def plays(self, capture: str) -> bool:
        done = subprocess.run([self.settings.player, "--check", capture], capture_output=True, check=False)
        return done.returncode == 0

    def configuration(self, **more: Any) -> dict[str, Any]:
        return {
            "version": 1,
            "flows": {"idle_timeout": "1s", "active_timeout": "1h", "decode_tunnels": "nfstream"},
            "dissection": {"n_dissections": 20},
            "statistics": {"statistical_analysis": True},
            **more,
        }

    def read(self, captures: list[str], **more: Any) -> pandas.DataFrame:
        path = self.folder / "read.yaml"
        path.write_text(json.dumps(self.configuration(**more)), encoding="utf-8")
        command = [self.settings.flowgauge, "read", *captures, "--config", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        expect(done.returncode == 0, f"read: status {done.returncode}: {done.stderr}")
        return table(io.StringIO(done.stdout))

    def live(self, **more: Any) -> tuple[pandas.DataFrame, Any]:
        """All rows of the captures as a sensor saw them, and its metrics when all flows had ended."""
        configuration = self.configuration(
            control={"socket": "{folder}/control.sock"},
            inputs=[{"name": "edge", "interface": "c0", "workers": 2}],
            sinks=[{"name": "disk", "type": "file", "format": "csv", "path": "{folder}/out/flows.csv"}],
            **more,
        )
        bed = Bed((("g0", "c0"),))
        try:
            with Service(self.settings, bed, json.dumps(configuration)) as service:
                sent = play(self.settings, bed, self.captures)
                wait_for("all flows to end", 60, lambda: service.metrics().sum("flowgauge_flows_active") == 0, 0.3)
                metrics = service.metrics()
                service.process.send_signal(signal.SIGTERM)
                service.wait_exit()
                summary = service.summary()
                expect(summary["packets_read"] == sent, f"{sent} packets were sent: {summary}")
                paths = glob.glob(service.path("out", "*.csv*"))
                flows = pandas.concat([table(path) for path in sorted(paths)], ignore_index=True)
        finally:
            bed.close()
        expect(int(flows["bidirectional_packets"].sum()) == summary["packets_in_flows"], "packets of all rows")
        return flows, metrics

    def add(self, name: str, estimator: Any, columns: list[str], rows: np.ndarray, labels: np.ndarray, names: Any = None) -> Trained:
        estimator.fit(rows, labels)
        file = self.folder / f"{name}.fgm"
        self.models.export(estimator, columns, file, classes=names)
        model = self.models.load(file)
        epsilon = np.finfo(np.float32 if model.precision == "float32" else np.float64).eps
        tolerance = 0.0 if model.link == "none" else LAST_DIGITS * float(epsilon)
        return Trained(name, estimator, columns, list(model.classes), file, tolerance)

    def train(self) -> None:
        flows = self.read(self.captures)
        numbers = [c for c in flows.columns if flows[c].dtype.kind in "if" and "_seen_" not in c]
        numbers = [c for c in numbers if c not in ("id", "expiration_id", "flow_uid")]
        print(f"trained on {len(flows)} flows, up to {len(numbers)} columns", flush=True)
        common = flows["application_name"].value_counts().index[:8]
        application = np.where(flows["application_name"].isin(common), flows["application_name"], "other").astype(str)
        transport = np.where(flows["protocol"] == 6, 1, np.where(flows["protocol"] == 17, 2, 0))
        others = [c for c in numbers if c not in ("protocol", "application_confidence")]
        rows, fewer = flows[numbers].to_numpy(dtype=np.float64), flows[others].to_numpy(dtype=np.float64)
        category = flows["application_category_name"].astype(str).to_numpy()
        forest = RandomForestClassifier(100, random_state=0, n_jobs=1)
        boosted = xgboost.XGBClassifier(n_estimators=100, random_state=0, n_jobs=1)
        light = lightgbm.LGBMClassifier(n_estimators=100, random_state=0, n_jobs=1, verbose=-1)
        self.trained = [
            self.add("application", forest, numbers, rows, application),
            self.add("transport", boosted, others, fewer, transport, ["neither", "tcp", "udp"]),
            self.add("category", light, numbers, rows, category),
        ]

    def judge_all(self, what: str, flows: pandas.DataFrame) -> None:
        expect(len(flows) > ROWS_WANTED, f"{what}: only {len(flows)} rows")
        for trained in self.trained:
            trained.judge(what, flows[trained.columns], flows)


def table(source: Any) -> pandas.DataFrame:
    return pandas.read_csv(source, low_memory=False, keep_default_na=False, float_precision="round_trip")


def judge_numbers(trained: Trained, flows: pandas.DataFrame, metrics: Any) -> None:
    """What the metrics count is what the rows say."""
    found = flows[f"udps.{trained.name}"].value_counts().to_dict()
    counted = {str(c): metrics.sum("flowgauge_model_predictions_total", model=trained.name, **{"class": str(c)}) for c in trained.classes}
    wanted = {str(c): found.get(c, 0) for c in trained.classes}
    expect(counted == wanted, f"predictions by class of {trained.name}: {counted}, rows have {wanted}")
    total = metrics.sum("flowgauge_model_predictions_total", model=trained.name)
    expect(total == len(flows), f"{total} predictions of {trained.name}, but {len(flows)} rows")
    expect(metrics.sum("flowgauge_model_absent_total", model=trained.name) == 0, f"{trained.name}: flows without a prediction")


def models_in_a_sensor(judge: Judge) -> None:
    flows, metrics = judge.live(models=[trained.settings() for trained in judge.trained])
    judge.judge_all("live", flows)
    for trained in judge.trained:
        judge_numbers(trained, flows, metrics)


def models_in_read(judge: Judge) -> None:
    judge.judge_all("read", judge.read(judge.captures, models=[trained.settings() for trained in judge.trained]))


def kept_then(column: str) -> str:
    return f"then_{column}"


def early_model(judge: Judge) -> tuple[Trained, dict[str, str]]:
    """Trained on columns as features keep them at the fifth packet; the features."""
    features = {kept_then(column): f"last({column} where packet.number <= {CUT})" for column in EARLY}
    flows = judge.read(judge.captures, features=features)
    labels = flows["application_category_name"].astype(str).to_numpy()
    rows = flows[[f"udps.{name}" for name in features]].to_numpy(dtype=np.float64)
    return judge.add("early", RandomForestClassifier(100, random_state=0, n_jobs=1), EARLY, rows, labels), features


def an_early_model_in_a_sensor(judge: Judge) -> None:
    early, features = early_model(judge)
    flows, metrics = judge.live(features=features, models=[early.settings(when=CUT)])
    expect(len(flows) > ROWS_WANTED, f"only {len(flows)} rows")
    longer = int((flows["bidirectional_packets"] > CUT).sum())
    expect(longer > 100, f"only {longer} flows go on behind packet {CUT}")
    early.judge("live", flows[[f"udps.{name}" for name in features]], flows)
    judge_numbers(early, flows, metrics)
    late = early.estimator.predict(flows[EARLY].to_numpy(dtype=np.float64))
    expect((late != flows["udps.early"]).any(), "with all packets it predicts the same, so that nothing was shown")


def flow_of(frame: bytes, length: int) -> Any:
    """Both ends and the protocol of a whole TCP or UDP packet of IPv4 without options and fragments, else None."""
    if len(frame) != length or length < 54 or frame[12:15] != b"\x08\x00\x45" or frame[23] not in (6, 17):
        return None
    size, flags = struct.unpack_from("!H2xH", frame, 16)
    header = 8 if frame[23] == 17 else frame[46] >> 4 << 2
    if size + 14 > length or size < 20 + max(header, 8) or (frame[23] == 6 and header < 20) or flags & 0xBFFF:
        return None
    if frame[23] == 17 and not 8 <= struct.unpack_from("!H", frame, 38)[0] <= size - 20:
        return None
    ends = sorted([frame[26:30] + frame[34:36], frame[30:34] + frame[36:38]])
    return (*ends, frame[23])


def cut(path: str, whole: Path, part: Path) -> int:
    """The packets of such flows, and of these only the first five of each flow. Returns how many flows."""
    data = Path(path).read_bytes()
    flows: dict[Any, int] = {}
    if data[:4] != b"\xd4\xc3\xb2\xa1" or data[20] != 1:
        return 0
    with open(whole, "wb") as all_of, open(part, "wb") as first_of:
        for file in (all_of, first_of):
            file.write(data[:24])
        offset = 24
        while offset + 16 <= len(data):
            captured, length = struct.unpack_from("<2I", data, offset + 8)
            record = data[offset : offset + 16 + captured]
            offset += len(record)
            flow = flow_of(record[16:], length)
            if flow is None:
                continue
            flows[flow] = flows.get(flow, 0) + 1
            all_of.write(record)
            if flows[flow] <= CUT:
                first_of.write(record)
    return len(flows)


def an_early_model_and_cut_captures(judge: Judge) -> None:
    early, _ = early_model(judge)
    forever = {"flows": {"idle_timeout": "3650d", "active_timeout": "3650d", "decode_tunnels": "false"}}
    wanted, found = [], []
    for path in judge.captures:
        whole, part = judge.folder / "whole.pcap", judge.folder / "part.pcap"
        count = cut(path, whole, part)
        if count == 0:
            continue
        full = judge.read([str(whole)], **forever, models=[early.settings(when=CUT)])
        short = judge.read([str(part)], **forever)
        expect(len(full) == len(short) == count, f"{path}: {count} flows, {len(full)} rows of all packets, {len(short)} of few")
        found.append(full.sort_values(KEY))
        wanted.append(short.sort_values(KEY))
    truth, flows = (pandas.concat(parts, ignore_index=True) for parts in (wanted, found))
    expect((truth[KEY] == flows[KEY]).all(axis=None), "the rows are of other flows")
    expect(len(flows) > ROWS_WANTED, f"only {len(flows)} rows")
    expect(int((flows["bidirectional_packets"] > CUT).sum()) > 100, "only few flows were cut")
    early.judge("cut captures", truth[EARLY], flows)


CASES: dict[str, Callable[[Judge], None]] = {
    "three models in a sensor": models_in_a_sensor,
    "three models in read": models_in_read,
    "a model of the fifth packet in a sensor": an_early_model_in_a_sensor,
    "a model of the fifth packet and captures that end there": an_early_model_and_cut_captures,
}


def main() -> int:
    parser = argparse.ArgumentParser()
    for name in ("--flowgauge", "--player", "--root", "--captures"):
        parser.add_argument(name, required=True)
    options = parser.parse_args()
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(options, folder)
        judge.train()
        for name, case in CASES.items():
            began = time.monotonic()
            try:
                case(judge)
                print(f"ok     {name} ({time.monotonic() - began:.1f} s)", flush=True)
            except Failure as failure:
                failed.append(name)
                print(f"FAILED {name}: {failure}", flush=True)
    end_all()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
