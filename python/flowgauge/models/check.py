"""Whether a model that is to be written predicts what its estimator does."""

from __future__ import annotations

import json
import warnings
from typing import Any

from .ensemble import Model, ModelError
from .estimators import kind_of

_CHECKED_ROWS = 256


def check_export(estimator: Any, final: Any, model: Model, renamed: bool) -> None:
    import numpy as np

    rows = unscaled(model, probe_rows(model, np.random.default_rng(11)))
    wanted = _predicted(estimator, final, rows)
    if model.label == "none":
        ours = np.asarray(model.predict(rows), dtype=np.float64)
        close = 0.0 if model.link == "none" else 1e-6
        same = np.abs(ours - wanted) <= close * np.abs(wanted)
    else:
        winners = model.predict(rows)
        if renamed:  # theirs are numbers still
            place = {label: i for i, label in enumerate(model.classes)}
            known = getattr(final, "classes_", range(len(place)))
            known = list(known)
            same = np.array([known[place[w]] == theirs for w, theirs in zip(winners, wanted)])
        else:
            same = np.array([w == theirs for w, theirs in zip(winners, wanted)])
    if not same.all():
        at = int(np.argmin(same))
        raise ModelError(
            f"the written model differs from the estimator in {int((~same).sum())} of {len(rows)} rows, for example "
            f"{rows[at].tolist()}; please report it with the versions of the libraries ({model.source})"
        )


def _predicted(estimator: Any, final: Any, rows: Any) -> Any:
    import numpy as np

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kind = kind_of(final)
        if not kind.endswith(".Booster"):
            return np.asarray(estimator.predict(rows))
        if kind == "lightgbm.Booster":
            out = np.asarray(final.predict(rows))
            is_class = final.model_to_string().split("\nobjective=")[1].startswith(("binary", "multiclass"))
        else:
            import xgboost

            out = final.predict(xgboost.DMatrix(rows, feature_names=final.feature_names))
            objective = json.loads(final.save_config())["learner"]["objective"]["name"]
            is_class = objective.startswith(("binary:", "multi:"))
        if out.ndim == 2:
            return np.argmax(out, axis=1)
        return (out > 0.5).astype(int) if is_class and out.dtype.kind == "f" and out.max() <= 1 else out


def probe_rows(model: Model, random: Any) -> Any:
    """Rows on all sides of the thresholds: the very values, their neighbours, and what lies between."""
    import numpy as np

    rows = np.zeros((_CHECKED_ROWS, len(model.inputs)))
    thresholds: dict[int, list[float]] = {}
    for _, nodes in model.trees:
        for node in nodes:
            if node.feature >= 0 and abs(node.threshold) < 1e30:
                thresholds.setdefault(node.feature, []).append(node.threshold)
    single = model.cast == "float32"
    for feature, values in thresholds.items():
        chosen = random.choice(np.array(values), size=len(rows))
        chosen = chosen.astype(np.float32) if single else chosen
        side = random.integers(0, 3, size=len(rows))
        bound = chosen.dtype.type(np.inf)
        chosen = np.where(side == 0, np.nextafter(chosen, -bound), np.where(side == 1, np.nextafter(chosen, bound), chosen))
        rows[:, feature] = chosen
    if model.missing:
        rows[random.random(rows.shape) < 0.05] = np.nan
    return rows


def unscaled(model: Model, rows: Any) -> Any:
    """Rows that the scalers turn into about these."""
    for kind, values in reversed(model.steps):
        if kind == "subtract":
            rows = rows + values
        elif kind == "divide":
            rows = rows * values
        elif kind == "multiply":
            rows = rows / values
        elif kind == "add":
            rows = rows - values
    return rows
