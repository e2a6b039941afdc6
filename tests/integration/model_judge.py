#!/usr/bin/env python3
"""Trains models, writes them with flowgauge.models, has flowgauge predict all rows, and compares.

Usage: model_judge.py --flowgauge FLOWGAUGE --rows MODEL_ROWS --root SOURCES --captures FOLDER [--write FOLDER]

Classes and values of regressions must be equal, all of them. Probabilities of forests must be equal too; those that
pass an exponential function may differ by LAST_DIGITS of a number of 64 bits (32 bits: XGBoost), because scikit-learn
takes numpy's and SciPy's, not the C library's. --write leaves small models with their rows for the unit tests.
Started by models_test.py, in a Python that has the libraries.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import lightgbm
import numpy as np
import pandas
import sklearn
import xgboost
from models_test import models_of
from sklearn.base import is_classifier
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, PolynomialFeatures, RobustScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier

LAST_DIGITS = 16

warnings.simplefilter("ignore")


@dataclass
class Table:
    """Rows with what is to be learnt of them."""

    name: str
    columns: list[str]
    rows: np.ndarray
    text: np.ndarray  # classes
    two: np.ndarray
    value: np.ndarray
    missing: bool  # some of the rows have NaN

    @property
    def numbers(self) -> np.ndarray:
        return np.unique(self.text, return_inverse=True)[1]


def random_table(count: int, missing: bool, seed: int = 1) -> Table:
    random = np.random.default_rng(seed)
    rows = random.lognormal(3, 2, (count, 8))
    rows[:, :4] = np.round(rows[:, :4])
    text = np.array(["mail", "video call", "web"])[(rows[:, 0] > 20) * 1 + (rows[:, 1] > rows[:, 2]) * 1]
    two = (rows[:, 3] > rows[:, 4]).astype(int)
    value = np.log1p(rows[:, 0]) * rows[:, 5]
    if missing:
        rows[random.random(rows.shape) < 0.1] = np.nan
        rows[random.random(rows.shape) < 0.1] = 0
        rows[random.random(rows.shape) < 0.02] *= -1
    name = "random rows with gaps" if missing else "random rows"
    return Table(name, [f"column_{i}" for i in range(8)], rows, text, two, value, missing)


def flow_table(flowgauge: str, captures: Path) -> Table:
    """Flows of all captures: their applications are the classes."""
    parts = []
    for capture in sorted(captures.glob("*.pcap*")):
        command = [flowgauge, "read", "--statistical-analysis", "true", str(capture)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.stdout.count("\n") > 1:
            parts.append(pandas.read_csv(io.StringIO(done.stdout), low_memory=False))
    flows = pandas.concat(parts, ignore_index=True)
    common = flows["application_name"].value_counts().index[:6]
    text = np.where(flows["application_name"].isin(common), flows["application_name"], "other").astype(str)
    wanted = [c for c in flows.columns if "_packets" in c or "_bytes" in c or "_ps" in c or "_piat" in c or "duration" in c]
    wanted = [c for c in wanted if flows[c].dtype.kind in "if"] + ["protocol", "dst_port"]
    rows = flows[wanted].to_numpy(dtype=np.float64)
    print(f"{len(flows)} flows of {len(parts)} captures, {len(wanted)} columns, scikit-learn {sklearn.__version__}")
    two = (flows["protocol"] == 6).to_numpy().astype(int)
    value = np.log1p(flows["bidirectional_bytes"].to_numpy(dtype=np.float64))
    keep = [i for i, c in enumerate(wanted) if c not in ("protocol", "bidirectional_bytes")]
    return Table("flows", [wanted[i] for i in keep], rows[:, keep], text, two, value, False)


def estimators(trees: int, depth: int | None, leaves: int) -> list[tuple[str, Callable[[], Any], str, bool]]:
    """Name, maker, what it learns, and whether it takes NaN."""
    boosted = {"n_estimators": trees, "random_state": 0}
    hist = {"max_iter": trees, "max_leaf_nodes": leaves, "random_state": 0}
    grown = {"n_estimators": trees, "max_depth": depth, "random_state": 0}
    xgb = {"n_estimators": trees, "max_depth": min(depth or 6, 6), "random_state": 0, "n_jobs": 1}
    lgb = {"n_estimators": trees, "num_leaves": leaves, "verbose": -1, "random_state": 0, "n_jobs": 1}
    bagged = {**lgb, "boosting_type": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}
    shallow = {"max_depth": 3 if depth is not None else 5}
    return [
        ("tree", lambda: DecisionTreeClassifier(max_depth=depth, random_state=0), "text", True),
        ("extra_tree", lambda: ExtraTreeClassifier(max_depth=depth, random_state=0), "two", False),
        ("tree_regression", lambda: DecisionTreeRegressor(max_depth=depth, random_state=0), "value", True),
        ("forest", lambda: RandomForestClassifier(**grown), "text", True),
        ("forest_weighted", lambda: RandomForestClassifier(**grown, class_weight="balanced"), "two", True),
        ("forest_regression", lambda: RandomForestRegressor(**grown), "value", True),
        ("extra_trees", lambda: ExtraTreesClassifier(**grown), "text", True),
        ("extra_trees_regression", lambda: ExtraTreesRegressor(**grown), "value", True),
        ("boosting", lambda: GradientBoostingClassifier(**boosted, **shallow), "text", False),
        ("boosting_two", lambda: GradientBoostingClassifier(**boosted, **shallow), "two", False),
        ("boosting_exponential", lambda: GradientBoostingClassifier(**boosted, loss="exponential"), "two", False),
        ("boosting_regression", lambda: GradientBoostingRegressor(**boosted, init="zero", loss="huber"), "value", False),
        ("histogram", lambda: HistGradientBoostingClassifier(**hist), "text", True),
        ("histogram_two", lambda: HistGradientBoostingClassifier(**hist), "two", True),
        ("histogram_regression", lambda: HistGradientBoostingRegressor(**hist), "value", True),
        ("standard_forest", lambda: make_pipeline(StandardScaler(), RandomForestClassifier(**grown)), "text", True),
        (
            "scaled_tree",
            lambda: make_pipeline(
                RobustScaler(), MaxAbsScaler(), MinMaxScaler(clip=True), DecisionTreeClassifier(max_depth=depth, random_state=0)
            ),
            "text",
            True,
        ),
        (
            "filled_boosting",
            lambda: make_pipeline(SimpleImputer(strategy="median"), "passthrough", GradientBoostingClassifier(**boosted)),
            "two",
            True,
        ),
        ("standard_xgboost", lambda: make_pipeline(StandardScaler(), xgboost.XGBClassifier(**xgb)), "two", True),
        ("xgboost_two", lambda: xgboost.XGBClassifier(**xgb), "two", True),
        ("xgboost", lambda: xgboost.XGBClassifier(**xgb), "numbers", True),
        ("xgboost_stopped", lambda: StoppedEarly(**xgb, early_stopping_rounds=2), "two", True),
        ("xgboost_forest", lambda: xgboost.XGBRFClassifier(**xgb), "numbers", True),
        ("xgboost_regression", lambda: xgboost.XGBRegressor(**xgb, base_score=3.3), "value", True),
        ("xgboost_poisson", lambda: xgboost.XGBRegressor(**xgb, objective="count:poisson"), "value", True),
        ("lightgbm_two", lambda: lightgbm.LGBMClassifier(**lgb), "two", True),
        ("lightgbm", lambda: lightgbm.LGBMClassifier(**lgb), "text", True),
        ("lightgbm_each", lambda: lightgbm.LGBMClassifier(**lgb, objective="multiclassova"), "text", True),
        ("lightgbm_zero", lambda: lightgbm.LGBMClassifier(**lgb, zero_as_missing=True), "text", True),
        ("lightgbm_none", lambda: lightgbm.LGBMClassifier(**lgb, use_missing=False), "two", True),
        ("lightgbm_forest", lambda: lightgbm.LGBMClassifier(**bagged), "text", True),
        ("lightgbm_regression", lambda: lightgbm.LGBMRegressor(**lgb), "value", True),
        ("lightgbm_l1", lambda: lightgbm.LGBMRegressor(**lgb, objective="regression_l1"), "value", True),
    ]


class StoppedEarly(xgboost.XGBClassifier):
    """Keeps trees behind the best one, which predict() leaves out."""

    def fit(self, rows: Any, labels: Any, **more: Any) -> Any:
        half = len(rows) // 2
        return super().fit(rows[:half], labels[:half], eval_set=[(rows[half:], labels[half:])], verbose=False, **more)


def sides_of(models: Any, model: Any) -> np.ndarray:
    """Rows on both sides of thresholds, as the scalers are given them."""
    return models.check.unscaled(model, models.check.probe_rows(model, np.random.default_rng(3)))


def predict(program: str, file: Path, rows: np.ndarray, width: int) -> np.ndarray:
    data = np.ascontiguousarray(rows, dtype=np.float64).tobytes()
    done = subprocess.run([program, str(file)], input=data, capture_output=True, check=True)
    return np.frombuffer(done.stdout).reshape(len(rows), width)


class Judge:
    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self.models = models_of(options.root)
        self.program: str = options.rows
        self.folder = folder
        self.failed: list[str] = []
        self.judged = 0

    def expect(self, what: str, condition: bool, detail: str = "") -> None:
        if not condition:
            self.failed.append(f"{what}: {detail}")
            print(f"FAILED {what}: {detail}")

    def compare(self, name: str, estimator: Any, table: Table, learns: str) -> tuple[Path, np.ndarray, np.ndarray]:
        """The file, the rows that were predicted, and what flowgauge said."""
        file = self.folder / f"{name}.fgm"
        estimator.fit(table.rows, getattr(table, learns))
        self.models.export(estimator, table.columns, file)
        model = self.models.load(file)
        rows = np.vstack([table.rows, sides_of(self.models, model)])
        classes = len(model.classes)
        out = predict(self.program, file, rows, 1 + max(classes, 1))
        what = f"{name} of {table.name}"
        if is_classifier(estimator) or classes:
            self.judge_classes(what, estimator, rows, out, model)
        else:
            self.judge_values(what, estimator, rows, out, model)
        self.judged += len(rows)
        return file, rows, out

    def judge_classes(self, what: str, estimator: Any, rows: np.ndarray, out: np.ndarray, model: Any) -> None:
        wanted = np.asarray(estimator.predict(rows))
        self.expect(what, bool((out[:, 0] >= 0).all()), "rows without a prediction")
        ours = np.array(model.classes, dtype=object)[out[:, 0].astype(int)]
        differ = int((ours != wanted).sum())
        self.expect(what, differ == 0, f"{differ} of {len(rows)} classes differ")
        probabilities = np.asarray(estimator.predict_proba(rows), dtype=np.float64)
        self.judge_close(what, out[:, 1:], probabilities, model)

    def judge_close(self, what: str, ours: np.ndarray, wanted: np.ndarray, model: Any) -> None:
        epsilon = np.finfo(np.float32 if model.precision == "float32" else np.float64).eps
        allowed = 0.0 if model.link == "none" else LAST_DIGITS * epsilon
        worst = float(np.abs(ours - wanted).max())
        self.expect(what, worst <= allowed, f"a probability differs by {worst}, {allowed} is allowed")

    def judge_values(self, what: str, estimator: Any, rows: np.ndarray, out: np.ndarray, model: Any) -> None:
        wanted = np.asarray(estimator.predict(rows), dtype=np.float64)
        self.expect(what, bool((out[:, 0] >= 0).all()), "rows without a prediction")
        differ = int((out[:, 1] != wanted).sum())
        self.expect(what, differ == 0, f"{differ} of {len(rows)} values differ")


def judge_tables(judge: Judge, tables: list[Table]) -> None:
    for table in tables:
        is_small = table.name != "flows"
        before = judge.judged
        makers = estimators(12 if is_small else 100, 8 if is_small else None, 15 if is_small else 31)
        for name, make, learns, takes_gaps in makers:
            if takes_gaps or not table.missing:
                judge.compare(name, make(), table, learns)
        print(f"{table.name}: {len(makers)} estimators, {judge.judged - before} rows compared", flush=True)


def judge_boosters(judge: Judge, table: Table) -> None:
    """Models of the libraries' own interfaces, which know no classes."""
    matrix = xgboost.DMatrix(table.rows, label=table.numbers)
    count = len(np.unique(table.numbers))
    for objective in ("multi:softmax", "multi:softprob"):
        booster = xgboost.train({"objective": objective, "num_class": count, "max_depth": 4}, matrix, 10)
        file = judge.folder / "booster.fgm"
        names = [f"name {i}\n\\" for i in range(count)]
        judge.models.export(booster, table.columns, file, classes=names)
        wanted = booster.predict(matrix)
        wanted = wanted if wanted.ndim == 1 else wanted.argmax(axis=1)
        out = predict(judge.program, file, table.rows, 1 + count)
        judge.expect(objective, bool((out[:, 0] == wanted).all()), "classes differ")
        judge.expect(objective, judge.models.load(file).classes == names, "names of classes differ")
    data = lightgbm.Dataset(table.rows, label=table.two)
    booster = lightgbm.train({"objective": "binary", "verbose": -1}, data, 10)
    judge.models.export(booster, table.columns, judge.folder / "booster.fgm")
    out = predict(judge.program, judge.folder / "booster.fgm", table.rows, 3)
    wanted = booster.predict(table.rows)
    judge.expect("LightGBM's booster", bool(np.abs(out[:, 2] - wanted).max() <= 1e-15), "probabilities differ")


def judge_refusals(judge: Judge, table: Table) -> None:
    """What cannot be written is refused, with the reason, and leaves no file."""
    fitted = DecisionTreeClassifier(max_depth=2).fit(table.rows, table.two)
    framed = DecisionTreeClassifier(max_depth=2).fit(pandas.DataFrame(table.rows, columns=table.columns), table.two)
    categories = pandas.DataFrame({"a": pandas.Categorical(table.two), "b": table.value})
    many = np.column_stack([table.two, table.two])
    refused: list[tuple[str, Callable[[], Any], list[str] | None]] = [
        ("LogisticRegression", lambda: LogisticRegression().fit(table.rows, table.two), table.columns),
        ("PolynomialFeatures", lambda: make_pipeline(PolynomialFeatures(1), DecisionTreeClassifier()).fit(table.rows, table.two), table.columns),
        ("not fitted", lambda: DecisionTreeClassifier(), table.columns),
        ("1 columns are given", lambda: fitted, ["one"]),
        ("knows no names", lambda: fitted, None),
        ("keep its order", lambda: framed, table.columns[::-1]),
        ("several outputs", lambda: RandomForestClassifier(2).fit(table.rows, many), table.columns),
        ("another estimator", lambda: GradientBoostingClassifier(n_estimators=2, init=LogisticRegression()).fit(table.rows, table.two), table.columns),
        ("gblinear", lambda: xgboost.XGBClassifier(booster="gblinear", n_estimators=2).fit(table.rows, table.two), table.columns),
        ("dart", lambda: xgboost.XGBClassifier(booster="dart", n_estimators=2).fit(table.rows, table.two), table.columns),
        ("missing=0", lambda: xgboost.XGBClassifier(missing=0, n_estimators=2).fit(table.rows, table.two), table.columns),
        ("categorical", lambda: xgboost.XGBClassifier(n_estimators=2, enable_categorical=True).fit(categories, table.two), ["a", "b"]),
        ("categorical", lambda: lightgbm.LGBMClassifier(n_estimators=2, verbose=-1, min_data_in_leaf=5, min_data_per_group=5).fit(categories, table.two), ["a", "b"]),
        ("categorical", lambda: HistGradientBoostingClassifier(max_iter=2, categorical_features=[0]).fit(np.column_stack([table.two, table.value]), table.two), ["a", "b"]),
        ("linear trees", lambda: lightgbm.LGBMRegressor(n_estimators=2, verbose=-1, linear_tree=True).fit(table.rows, table.value), table.columns),
    ]
    for words, make, columns in refused:
        file = judge.folder / "refused.fgm"
        try:
            judge.models.export(make(), columns, file)
            judge.expect(f"refusal of {words}", False, "it was written")
        except judge.models.ModelError as error:
            judge.expect(f"refusal of {words}", words in str(error), str(error))
        judge.expect(f"refusal of {words}", not file.exists(), "a file was left")


# What the unit tests have: one of each kind of arithmetic.
COMMITTED = [
    "tree", "forest", "forest_regression", "boosting", "boosting_two", "boosting_exponential", "histogram",
    "histogram_two", "scaled_tree", "filled_boosting", "xgboost", "xgboost_two", "xgboost_regression", "xgboost_poisson",
    "lightgbm", "lightgbm_two", "lightgbm_zero", "lightgbm_each", "lightgbm_none", "lightgbm_forest", "lightgbm_regression",
]  # fmt: skip


def write_small(judge: Judge, folder: Path) -> None:
    """For each a model and rows: what the library predicts behind the inputs, - where flowgauge has no answer."""
    plain, gaps = random_table(400, False), random_table(400, True)
    judge.folder = folder
    for name, make, learns, takes_gaps in estimators(4, 3, 5):
        if name not in COMMITTED:
            continue
        table = gaps if takes_gaps else plain
        estimator = make()
        file, rows, _ = judge.compare(name, estimator, table, learns)
        model = judge.models.load(file)
        rows = np.vstack([rows[:20], rows[-20:]])
        lines = [" ".join(repr(float(v)) for v in row) + " " + answer for row, answer in zip(rows, answers(estimator, model, rows))]
        broken = np.array(rows[0])
        broken[0] = np.nan if not model.missing else np.inf
        if not (model.infinite and model.missing) and not any(kind == "fill" for kind, _ in model.steps):
            lines.append(" ".join(repr(float(v)) for v in broken) + " -")
        file.with_suffix(".rows").write_text("\n".join(lines) + "\n", encoding="utf-8")


def answers(estimator: Any, model: Any, rows: np.ndarray) -> list[str]:
    predicted = estimator.predict(rows)
    if not model.classes:
        return [repr(float(value)) for value in predicted]
    probabilities = estimator.predict_proba(rows)
    winners = [list(model.classes).index(label) for label in predicted.tolist()]
    return [f"{w} " + " ".join(repr(float(p)) for p in row) for w, row in zip(winners, probabilities)]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--flowgauge", required=True)
    parser.add_argument("--rows", required=True)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--captures", type=Path, required=True)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(options, Path(folder))
        if options.write is not None:
            write_small(judge, options.write)
        else:
            plain, gaps = random_table(4000, False), random_table(4000, True)
            judge_refusals(judge, plain)
            judge_boosters(judge, gaps)
            judge_tables(judge, [plain, gaps, flow_table(options.flowgauge, options.captures)])
    print(f"{judge.judged} rows compared, {len(judge.failed)} failures")
    return 1 if judge.failed else 0


if __name__ == "__main__":
    sys.exit(main())
