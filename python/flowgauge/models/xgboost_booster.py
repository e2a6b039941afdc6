"""Boosters of XGBoost: gbtree without categories, in floats of 32 bits."""

from __future__ import annotations

import json
import math
from typing import Any, Callable, Iterator, Sequence

from .check import probe_rows
from .ensemble import Model, ModelError, Node, fold, leaves_of, prepare, require
from .estimators import is_nan, kind_of, preorder, set_classes

_XGBOOST_LINKS = {
    "binary:logistic": "logistic",
    "reg:logistic": "logistic",
    "multi:softprob": "softmax",
    "multi:softmax": "softmax",
    "count:poisson": "exponential",
    "reg:gamma": "exponential",
    "reg:tweedie": "exponential",
    "reg:squarederror": "none",
    "reg:squaredlogerror": "none",
    "reg:absoluteerror": "none",
    "reg:pseudohubererror": "none",
    "rank:pairwise": "none",
    "rank:ndcg": "none",
    "rank:map": "none",
}


def _xgboost(estimator: Any) -> Model:
    booster = _booster_of(estimator)
    learner = json.loads(booster.save_raw("json").decode())["learner"]
    trainer = learner["gradient_booster"]
    require(trainer["name"] == "gbtree", f"the booster {trainer['name']} cannot be written; train gbtree")
    objective = learner["objective"]["name"]
    if objective not in _XGBOOST_LINKS:
        raise ModelError(f"the objective {objective} cannot be written; these can: {', '.join(_XGBOOST_LINKS)}")
    parameters = learner["learner_model_param"]
    classes = int(parameters.get("num_class", "0"))
    require(int(parameters.get("num_target", "1")) <= 1, "a model of several targets; train one model for each")
    model = Model(cast="float32", combine="sum", precision="float32", compare="<", missing=True)
    model.link = _XGBOOST_LINKS[objective]
    model.values = max(classes, 1)
    if objective.startswith(("binary:", "multi:")):
        set_classes(model, list(range(max(classes, 2))))
        model.decide = "largest_raw" if objective == "multi:softmax" else "largest"
        known = getattr(estimator, "classes_", None)
        if known is not None:
            set_classes(model, known)
    groups = trainer["model"]["tree_info"]
    for group, tree in zip(groups, trainer["model"]["trees"]):
        model.trees.append((group, _xgboost_nodes(tree)))
    model.inputs = [f"f{i}" for i in range(booster.num_features())]
    _find_base(model, booster, parameters["base_score"])
    return model


def _booster_of(estimator: Any) -> Any:
    """The booster that predict() uses: early stopping leaves out the later trees."""
    if kind_of(estimator) == "xgboost.Booster":
        return estimator
    require(
        estimator.missing is None or is_nan(float(estimator.missing)),
        f"missing={estimator.missing} is what this model takes for a missing value; flowgauge knows NaN alone",
    )
    booster = estimator.get_booster()
    try:
        return booster[: estimator.best_iteration + 1]
    except AttributeError:
        return booster


def _xgboost_nodes(tree: dict[str, Any]) -> list[Node]:
    require(not any(tree.get("split_type", ())), "categorical features cannot be written; train on numbers alone")
    left, right = tree["left_children"], tree["right_children"]
    feature, condition = tree["split_indices"], _singles(tree["split_conditions"])
    ways = tree["default_left"]
    return preorder(
        lambda at: left[at] if left[at] >= 0 else None,
        lambda at: right[at],
        lambda at: Node(feature[at], condition[at], "L" if ways[at] else "R"),
        lambda at: Node(-1, values=[condition[at]]),
    )


def _singles(values: Sequence[float]) -> list[float]:
    import numpy as np

    return [float(value) for value in np.asarray(values, dtype=np.float64).astype(np.float32)]


def _find_base(model: Model, booster: Any, score: str) -> None:
    """XGBoost keeps the base score and turns it into what sums begin, or by version end, with. Which float that
    is and where it is added is found by predicting: one choice gives all sums to the last bit."""
    import numpy as np

    scores = [float(text) for text in str(score).strip("[]").split(",")]
    scores = scores * model.values if len(scores) == 1 else scores
    rows = probe_rows(model, np.random.default_rng(7))
    wanted = _margins(booster, rows).reshape(len(rows), model.values)
    leaves = leaves_of(model, prepare(model, rows)[0])
    model.base = [0.0] * model.values
    for first in (True, False):
        model.base_first = first
        found = [_matching_base(model, leaves, wanted, k, scores[k]) for k in range(model.values)]
        if None not in found:
            model.base = [float(value) for value in found if value is not None]
            return
    raise ModelError("the sums of this version of XGBoost are none that flowgauge knows; please report the version")


def _matching_base(model: Model, leaves: Any, wanted: Any, k: int, score: float) -> float | None:
    import numpy as np

    for near in _base_margins(score):
        for candidate in (near, np.nextafter(near, np.float32(-np.inf)), np.nextafter(near, np.float32(np.inf))):
            model.base[k] = float(candidate)
            if np.array_equal(fold(model, leaves)[:, k], wanted[:, k]):
                return float(candidate)
    return None


def _base_margins(score: float) -> Iterator[Any]:
    """What a base score may be before the link, as floats of 32 bits, each step rounded as XGBoost does."""
    import numpy as np

    one, single = np.float32(1), np.float32(score)
    yield single
    if 0 < score < 1:
        yield np.float32(-math.log(one / single - one))
        yield np.float32(-math.log(1.0 / score - 1.0))
    if score > 0:
        yield np.float32(math.log(single))


def _margins(booster: Any, rows: Any) -> Any:
    import xgboost

    matrix = xgboost.DMatrix(rows, feature_names=booster.feature_names, feature_types=booster.feature_types)
    return booster.predict(matrix, output_margin=True)


MAKERS: dict[str, Callable[[Any], Model]] = {
    "xgboost.Booster": _xgboost,
    "xgboost.XGBClassifier": _xgboost,
    "xgboost.XGBRFClassifier": _xgboost,
    "xgboost.XGBRegressor": _xgboost,
    "xgboost.XGBRFRegressor": _xgboost,
}
