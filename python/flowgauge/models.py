"""Writes trained models as files that flowgauge runs on live flows, and reads them back.

    import flowgauge.models
    flowgauge.models.export(estimator, columns, "traffic.fgm")

`estimator` is a fitted decision tree, random forest, extra trees, gradient boosting or histogram gradient
boosting of scikit-learn, a Pipeline of scalers and one of these, or a model of XGBoost or LightGBM. `columns`
are the columns of flows that it was trained on, in that order. The format is docs/MODELS.md; a file is data, and
nothing in it is ever executed. What cannot be written so that flowgauge predicts the same is refused.

This module needs nothing but numpy, and that only when it is used.
"""

from __future__ import annotations

import json
import math
import os
import warnings
from dataclasses import dataclass, field
from typing import Any, Callable, Iterable, Iterator, Sequence

__all__ = ["Model", "ModelError", "export", "load"]

_INPUTS_MAX = 4096
_CLASSES_MAX = 4096
_TREES_MAX = 1 << 20
_NODES_MAX = 64 << 20
_NAME_MAX = 1024
_DEPTH_MAX = 4096
_LIGHTGBM_ZERO = 1.0000000180025095e-35  # 1e-35 as a float of 32 bits
_CHECKED_ROWS = 256


class ModelError(ValueError):
    """A model that cannot be written, or a file that is none."""


@dataclass
class _Node:
    """A split, or a leaf, whose feature is -1."""

    feature: int
    threshold: float = 0.0
    way: str = "R"  # of what is missing: L, R, 0 (as zero), 0L and 0R (so is zero)
    values: Sequence[float] = ()


@dataclass
class Model:
    """A tree ensemble as its file has it. `predict()` is for checks: flowgauge itself is faster."""

    source: str = ""
    inputs: list[str] = field(default_factory=list)
    steps: list[tuple[str, list[float]]] = field(default_factory=list)
    cast: str = "float64"
    tiny: float = 0.0
    missing: bool = False
    infinite: bool = False
    compare: str = "<="
    label: str = "none"  # regression; else text, integer or real
    classes: list[Any] = field(default_factory=list)
    values: int = 1
    combine: str = "mean"
    precision: str = "float64"  # of sums
    base_first: bool = True
    base: list[float] = field(default_factory=list)
    divide: int = 1
    link: str = "none"
    scale: float = 1.0
    decide: str = "largest"
    trees: list[tuple[int, list[_Node]]] = field(default_factory=list)  # each with its sum

    def raw(self, rows: Any) -> Any:
        """The sums, or means, of each row."""
        return _fold(self, _leaves(self, _prepare(self, rows)[0]))

    def predict_proba(self, rows: Any) -> Any:
        """The probabilities of the classes; NaN where there is no prediction."""
        import numpy as np

        prepared, there = _prepare(self, rows)
        out = _link(self, _fold(self, _leaves(self, prepared)))
        return np.where(there[:, None], out, np.nan)

    def predict(self, rows: Any) -> Any:
        """The class or value of each row; None or NaN where there is no prediction."""
        import numpy as np

        prepared, there = _prepare(self, rows)
        raw = _fold(self, _leaves(self, prepared))
        linked = _link(self, raw)
        if self.label == "none":
            return np.where(there, linked[:, 0], np.nan)
        winners = {
            "largest": lambda: np.argmax(linked, axis=1),
            "largest_raw": lambda: np.argmax(raw, axis=1),
            "raw_not_negative": lambda: (raw[:, 0] >= 0).astype(int),
            "raw_positive": lambda: (raw[:, 0] > 0).astype(int),
        }[self.decide]()
        return np.array([self.classes[w] if t else None for w, t in zip(winners, there)], dtype=object)


def export(
    estimator: Any,
    columns: Iterable[str] | None,
    path: str | os.PathLike[str],
    *,
    classes: Sequence[Any] | None = None,
    check: bool = True,
) -> None:
    """Writes a fitted estimator to `path`, whole or not at all.

    columns: the columns of flows that it was trained on, in that order; None: the names that it has itself.
    classes: what its classes are called, in its order, where it knows numbers only (XGBoost, boosters).
    check: predict rows of all sides of the thresholds with both, and refuse what differs.
    """
    final, steps = _unpack(estimator)
    model = _describe(final)
    model.steps = steps
    model.infinite = model.infinite and not steps  # scalers refuse it
    model.inputs = _columns(estimator, final, columns, model)
    if classes is not None:
        _rename(model, list(classes))
    _check_bounds(model)
    if check:
        _check(estimator, final, model, classes is not None)
    temporary = f"{os.fspath(path)}.new"
    try:
        with open(temporary, "w", encoding="utf-8", newline="\n") as file:
            file.writelines(line + "\n" for line in _lines(model))
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise


# --- Scalers -------------------------------------------------------------------------------------


def _kind(thing: Any) -> str:
    """The library and name of what it is, or is made of: sklearn.RandomForestClassifier."""
    for base in type(thing).__mro__:
        package = base.__module__.split(".")[0]
        if package in ("sklearn", "xgboost", "lightgbm"):
            return f"{package}.{base.__name__}"
    return f"{type(thing).__module__}.{type(thing).__name__}"


def _unpack(estimator: Any) -> tuple[Any, list[tuple[str, list[float]]]]:
    """The last step of a pipeline and what those before it do."""
    if _kind(estimator) != "sklearn.Pipeline":
        return estimator, []
    steps: list[tuple[str, list[float]]] = []
    for name, step in estimator.steps[:-1]:
        if step is None or step == "passthrough":
            continue
        steps += _scaling(name, step)
    if len(steps) > 16:
        raise ModelError(f"{len(steps)} steps of scaling: flowgauge does at most 16; use fewer scalers")
    return estimator.steps[-1][1], steps


def _scaling(name: str, step: Any) -> list[tuple[str, list[float]]]:
    kind = _kind(step)

    def of(attribute: str) -> list[float]:
        return [float(value) for value in getattr(step, attribute)]

    done: list[tuple[str, list[float]]] = []
    if kind == "sklearn.StandardScaler":
        done += [("subtract", of("mean_"))] if step.with_mean else []
        done += [("divide", of("scale_"))] if step.with_std else []
    elif kind == "sklearn.MinMaxScaler":
        done += [("multiply", of("scale_")), ("add", of("min_"))]
        done += [("clip", [float(bound) for bound in step.feature_range])] if step.clip else []
    elif kind == "sklearn.RobustScaler":
        done += [("subtract", of("center_"))] if step.with_centering else []
        done += [("divide", of("scale_"))] if step.with_scaling else []
    elif kind == "sklearn.MaxAbsScaler":
        done += [("divide", of("scale_"))]
        done += [("clip", [-1.0, 1.0])] if getattr(step, "clip", False) else []
    elif kind == "sklearn.SimpleImputer":
        _require(not step.add_indicator, "a SimpleImputer with add_indicator: leave the indicator out")
        _require(_is_nan(step.missing_values), "a SimpleImputer of other than NaN: use missing_values=nan")
        done += [("fill", of("statistics_"))]
    else:
        raise ModelError(
            f'step "{name}" of the pipeline is a {kind}: flowgauge does StandardScaler, MinMaxScaler, RobustScaler, '
            "MaxAbsScaler and SimpleImputer before the trees (which need no scaling); train without it"
        )
    for word, values in done:
        _require(all(math.isfinite(v) for v in values), f'step "{name}" has parameters that are not finite ({word})')
    return done


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise ModelError(otherwise)


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


# --- Estimators ----------------------------------------------------------------------------------


def _describe(estimator: Any) -> Model:
    kind = _kind(estimator)
    library, name = kind.split(".", 1)
    makers: dict[str, Callable[[Any], Model]] = {
        "sklearn.DecisionTreeClassifier": _single_tree,
        "sklearn.DecisionTreeRegressor": _single_tree,
        "sklearn.ExtraTreeClassifier": _single_tree,
        "sklearn.ExtraTreeRegressor": _single_tree,
        "sklearn.RandomForestClassifier": _forest,
        "sklearn.RandomForestRegressor": _forest,
        "sklearn.ExtraTreesClassifier": _forest,
        "sklearn.ExtraTreesRegressor": _forest,
        "sklearn.GradientBoostingClassifier": _gradient_boosting,
        "sklearn.GradientBoostingRegressor": _gradient_boosting,
        "sklearn.HistGradientBoostingClassifier": _histogram_boosting,
        "sklearn.HistGradientBoostingRegressor": _histogram_boosting,
        "xgboost.Booster": _xgboost,
        "xgboost.XGBClassifier": _xgboost,
        "xgboost.XGBRFClassifier": _xgboost,
        "xgboost.XGBRegressor": _xgboost,
        "xgboost.XGBRFRegressor": _xgboost,
        "lightgbm.Booster": _lightgbm,
        "lightgbm.LGBMClassifier": _lightgbm,
        "lightgbm.LGBMRegressor": _lightgbm,
    }
    if kind not in makers:
        known = ", ".join(sorted(makers))
        raise ModelError(f"a {kind} cannot be written as a tree ensemble; these can: {known}; Pipelines of scalers too")
    model = makers[kind](estimator)
    module = __import__(library)
    model.source = f"{library} {getattr(module, '__version__', '')} {name}"
    return model


def _set_classes(model: Model, classes: Any) -> None:
    """Takes scikit-learn's classes_."""
    import numpy as np

    labels = np.asarray(classes)
    kind = labels.dtype.kind
    if kind in "US" or (kind == "O" and all(isinstance(label, str) for label in labels)):
        model.label, model.classes = "text", [str(label) for label in labels]
    elif kind in "iub":
        model.label, model.classes = "integer", [int(label) for label in labels]
    elif kind == "f":
        model.label, model.classes = "real", [float(label) for label in labels]
    else:
        raise ModelError(f"classes of type {labels.dtype} cannot be written; use text or numbers")


def _rename(model: Model, classes: list[Any]) -> None:
    _require(model.label != "none", "classes are given, but the model is a regression")
    _require(
        len(classes) == len(model.classes),
        f"{len(classes)} names of classes are given, but the model has {len(model.classes)} classes",
    )
    _set_classes(model, classes)


def _accepts_missing(estimator: Any, count: int) -> bool:
    """scikit-learn's trees take NaN or not, by version and training; they say so themselves."""
    import numpy as np

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            estimator.predict(np.full((1, count), np.nan))
    except ValueError:
        return False
    return True


def _preorder(
    left: Any, right: Any, split: Callable[[int], _Node], leaf: Callable[[int], _Node], root: int = 0
) -> list[_Node]:
    """The nodes in the order of a walk that goes left first; a child below 0, or none, makes a leaf."""
    nodes: list[_Node] = []
    waiting = [root]
    while waiting:
        at = waiting.pop()
        if left(at) is None:
            nodes.append(leaf(at))
            continue
        nodes.append(split(at))
        waiting += [right(at), left(at)]
    return nodes


def _sklearn_nodes(tree: Any, values: Sequence[Sequence[float]]) -> list[_Node]:
    """Of an sklearn.tree._tree.Tree; `values` are what its leaves say."""
    state = tree.__getstate__()["nodes"]
    names = state.dtype.names
    ways = state["missing_go_to_left"].tolist() if "missing_go_to_left" in names else [0] * len(state)
    left, right = tree.children_left.tolist(), tree.children_right.tolist()
    feature, threshold = tree.feature.tolist(), tree.threshold.tolist()
    return _preorder(
        lambda at: left[at] if left[at] >= 0 else None,
        lambda at: right[at],
        lambda at: _Node(feature[at], threshold[at], "L" if ways[at] else "R"),
        lambda at: _Node(-1, values=values[at]),
    )


def _fitted(estimator: Any, attribute: str) -> Any:
    value = getattr(estimator, attribute, None)
    if value is None:
        raise ModelError(f"the {type(estimator).__name__} is not fitted; call fit() first")
    return value


def _mean_of(estimator: Any, trees: Sequence[Any]) -> Model:
    import numpy as np

    _require(getattr(estimator, "n_outputs_", 1) == 1, "a model of several outputs; train one model for each")
    model = Model(cast="float32", combine="mean")
    model.missing = _accepts_missing(estimator, estimator.n_features_in_)
    classes = getattr(estimator, "classes_", None)
    if classes is not None:
        _set_classes(model, classes)
        model.values = len(model.classes)
    for each in trees:
        values = np.asarray(each.tree_.value, dtype=np.float64)[:, 0, :]
        if classes is not None:
            values = values[:, : model.values]
            if not _holds_fractions():
                total = values.sum(axis=1)[:, None]
                total[total == 0.0] = 1.0
                values = values / total
        else:
            values = values[:, :1]
        model.trees.append((0, _sklearn_nodes(each.tree_, values.tolist())))
    return model


def _holds_fractions() -> bool:
    """Whether leaves of scikit-learn's classifiers hold fractions: before 1.3 they held counts."""
    import sklearn

    major, minor = sklearn.__version__.split(".")[:2]
    return (int(major), int(minor)) >= (1, 3)


def _single_tree(estimator: Any) -> Model:
    _fitted(estimator, "tree_")
    return _mean_of(estimator, [estimator])


def _forest(estimator: Any) -> Model:
    return _mean_of(estimator, _fitted(estimator, "estimators_"))


def _gradient_boosting(estimator: Any) -> Model:
    import numpy as np

    stages = _fitted(estimator, "estimators_")
    initial = estimator.init_
    _require(
        isinstance(initial, str) or _kind(initial) in ("sklearn.DummyClassifier", "sklearn.DummyRegressor"),
        "gradient boosting that begins with another estimator (init=...); leave init out",
    )
    count = estimator.n_features_in_
    model = Model(cast="float32", combine="sum", values=stages.shape[1])
    model.base = [float(v) for v in np.ravel(estimator._raw_predict_init(np.zeros((1, count), dtype=np.float32)))]
    if hasattr(estimator, "classes_"):
        _set_classes(model, estimator.classes_)
        if model.values == 1:
            model.link, model.decide = "logistic", "raw_not_negative"
            model.scale = 2.0 if estimator.loss == "exponential" else 1.0
        else:
            model.link, model.decide = "softmax", "largest_raw"
    rate = float(estimator.learning_rate)
    for stage in stages:
        for k, each in enumerate(stage):
            values = [[rate * value] for value in each.tree_.value[:, 0, 0].tolist()]
            model.trees.append((k, _sklearn_nodes(each.tree_, values)))
    return model


def _histogram_boosting(estimator: Any) -> Model:
    import numpy as np

    predictors = _fitted(estimator, "_predictors")
    categorical = getattr(estimator, "is_categorical_", None)
    _require(
        categorical is None or not any(categorical), "categorical features cannot be written; train on numbers alone"
    )
    base = [float(v) for v in np.ravel(estimator._baseline_prediction)]
    model = Model(combine="sum", values=len(base), base=base, missing=True, infinite=True)
    if hasattr(estimator, "classes_"):
        _set_classes(model, estimator.classes_)
        model.link = "logistic" if model.values == 1 else "softmax"
        model.decide = "raw_positive" if model.values == 1 else "largest_raw"
    elif estimator.loss in ("poisson", "gamma"):
        model.link = "exponential"
    for stage in predictors:
        for k, predictor in enumerate(stage):
            model.trees.append((k, _histogram_nodes(predictor.nodes)))
    return model


def _histogram_nodes(nodes: Any) -> list[_Node]:
    columns = {name: nodes[name].tolist() for name in nodes.dtype.names}
    is_leaf, left, right = columns["is_leaf"], columns["left"], columns["right"]
    feature, threshold = columns["feature_idx"], columns["num_threshold"]
    ways, value = columns["missing_go_to_left"], columns["value"]
    return _preorder(
        lambda at: None if is_leaf[at] else left[at],
        lambda at: right[at],
        lambda at: _Node(feature[at], threshold[at], "L" if ways[at] else "R"),
        lambda at: _Node(-1, values=[value[at]]),
    )


# --- XGBoost -------------------------------------------------------------------------------------

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


def _booster_of(estimator: Any) -> Any:
    """The booster that predict() uses: early stopping leaves out the later trees."""
    if _kind(estimator) == "xgboost.Booster":
        return estimator
    _require(
        estimator.missing is None or _is_nan(float(estimator.missing)),
        f"missing={estimator.missing} is what this model takes for a missing value; flowgauge knows NaN alone",
    )
    booster = estimator.get_booster()
    try:
        return booster[: estimator.best_iteration + 1]
    except AttributeError:
        return booster


def _xgboost(estimator: Any) -> Model:
    booster = _booster_of(estimator)
    learner = json.loads(booster.save_raw("json").decode())["learner"]
    trainer = learner["gradient_booster"]
    _require(trainer["name"] == "gbtree", f"the booster {trainer['name']} cannot be written; train gbtree")
    objective = learner["objective"]["name"]
    if objective not in _XGBOOST_LINKS:
        raise ModelError(f"the objective {objective} cannot be written; these can: {', '.join(_XGBOOST_LINKS)}")
    parameters = learner["learner_model_param"]
    classes = int(parameters.get("num_class", "0"))
    _require(int(parameters.get("num_target", "1")) <= 1, "a model of several targets; train one model for each")
    model = Model(cast="float32", combine="sum", precision="float32", compare="<", missing=True)
    model.link = _XGBOOST_LINKS[objective]
    model.values = max(classes, 1)
    if objective.startswith(("binary:", "multi:")):
        _set_classes(model, list(range(max(classes, 2))))
        model.decide = "largest_raw" if objective == "multi:softmax" else "largest"
        known = getattr(estimator, "classes_", None)
        if known is not None:
            _set_classes(model, known)
    groups = trainer["model"]["tree_info"]
    for group, tree in zip(groups, trainer["model"]["trees"]):
        model.trees.append((group, _xgboost_nodes(tree)))
    model.inputs = [f"f{i}" for i in range(booster.num_features())]
    _find_base(model, booster, parameters["base_score"])
    return model


def _xgboost_nodes(tree: dict[str, Any]) -> list[_Node]:
    _require(not any(tree.get("split_type", ())), "categorical features cannot be written; train on numbers alone")
    left, right = tree["left_children"], tree["right_children"]
    feature, condition = tree["split_indices"], _singles(tree["split_conditions"])
    ways = tree["default_left"]
    return _preorder(
        lambda at: left[at] if left[at] >= 0 else None,
        lambda at: right[at],
        lambda at: _Node(feature[at], condition[at], "L" if ways[at] else "R"),
        lambda at: _Node(-1, values=[condition[at]]),
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
    rows = _probe_rows(model, np.random.default_rng(7))
    wanted = _margins(booster, rows).reshape(len(rows), model.values)
    leaves = _leaves(model, _prepare(model, rows)[0])
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
            if np.array_equal(_fold(model, leaves)[:, k], wanted[:, k]):
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


# --- LightGBM ------------------------------------------------------------------------------------

_LIGHTGBM_LINKS = {
    "binary": "logistic",
    "multiclass": "softmax",
    "multiclassova": "logistic",
    "cross_entropy": "logistic",
    "poisson": "exponential",
    "gamma": "exponential",
    "tweedie": "exponential",
    "regression": "none",
    "regression_l1": "none",
    "huber": "none",
    "fair": "none",
    "quantile": "none",
    "mape": "none",
    "lambdarank": "none",
    "rank_xendcg": "none",
}


def _lightgbm(estimator: Any) -> Model:
    booster = estimator if _kind(estimator) == "lightgbm.Booster" else _fitted(estimator, "booster_")
    blocks = booster.model_to_string().split("\n\n")
    head = _pairs(blocks[0])
    objective, *details = head.get("objective", "custom").split()
    if objective not in _LIGHTGBM_LINKS or "sqrt" in details:
        name = " ".join([objective, *details])
        raise ModelError(f"the objective {name} cannot be written; these can: {', '.join(_LIGHTGBM_LINKS)}")
    model = Model(combine="sum", missing=True, infinite=True, tiny=_LIGHTGBM_ZERO)
    model.values = int(head["num_tree_per_iteration"])
    model.base = [0.0] * model.values
    model.link = _LIGHTGBM_LINKS[objective]
    for detail in details:
        if detail.startswith("sigmoid:") and model.link == "logistic":
            model.scale = float(detail.split(":")[1])
    if objective in ("binary", "multiclass", "multiclassova"):
        _set_classes(model, list(range(max(int(head["num_class"]), 2))))
        if hasattr(estimator, "classes_"):
            _set_classes(model, estimator.classes_)
    blocks = [block for block in blocks if block.lstrip("\n").startswith("Tree=")]
    for i, block in enumerate(blocks):
        model.trees.append((i % model.values, _lightgbm_nodes(_pairs(block))))
    if "average_output" in head:
        model.divide = len(blocks) // model.values
    return model


def _pairs(block: str) -> dict[str, str]:
    lines = (line.partition("=") for line in block.strip("\n").split("\n"))
    return {key: value for key, _, value in lines}


def _lightgbm_nodes(tree: dict[str, str]) -> list[_Node]:
    _require(int(tree.get("num_cat", "0")) == 0, "categorical features cannot be written; train on numbers alone")
    _require(int(tree.get("is_linear", "0")) == 0, "linear trees cannot be written; train without linear_tree")
    value = [float(text) for text in tree["leaf_value"].split()]
    if int(tree["num_leaves"]) == 1:
        return [_Node(-1, values=value[:1])]
    feature = [int(text) for text in tree["split_feature"].split()]
    threshold = [float(text) for text in tree["threshold"].split()]
    decision = [int(text) for text in tree["decision_type"].split()]
    left = [int(text) for text in tree["left_child"].split()]
    right = [int(text) for text in tree["right_child"].split()]

    def way(bits: int) -> str:
        side = "L" if bits & 2 else "R"
        return {0: "0", 1: "0" + side, 2: side}[(bits >> 2) & 3]

    return _preorder(
        lambda at: left[at] if at >= 0 else None,
        lambda at: right[at],
        lambda at: _Node(feature[at], threshold[at], way(decision[at])),
        lambda at: _Node(-1, values=[value[~at]]),
    )


# --- Names and bounds ----------------------------------------------------------------------------


def _own_names(estimator: Any, final: Any) -> list[str] | None:
    """What the estimator was told that its inputs are called, if anything."""
    names = getattr(estimator, "feature_names_in_", None)
    if names is None and _kind(final) == "xgboost.Booster":
        names = final.feature_names
    if names is None and _kind(final) == "lightgbm.Booster":
        names = final.feature_name()
        names = None if all(name.startswith("Column_") for name in names) else names
    return None if names is None else [str(name) for name in names]


def _columns(estimator: Any, final: Any, columns: Iterable[str] | None, model: Model) -> list[str]:
    count = _input_count(final)
    own = _own_names(estimator, final)
    if columns is None:
        _require(own is not None, "the model knows no names of its inputs; give `columns`")
        return list(own or [])
    if isinstance(columns, str):
        raise ModelError("`columns` is one text; give a list of names")
    names = [str(name) for name in columns]
    _require(len(names) == count, f"{len(names)} columns are given, but the model was trained on {count}")
    if own is not None and own != names:
        at = next(i for i in range(count) if own[i] != names[i])
        raise ModelError(f'column {at} is "{names[at]}", but the model was trained on "{own[at]}" there; keep its order')
    return names


def _input_count(final: Any) -> int:
    kind = _kind(final)
    if kind == "xgboost.Booster":
        return int(final.num_features())
    if kind == "lightgbm.Booster":
        return int(final.num_feature())
    return int(final.n_features_in_)


def _check_bounds(model: Model) -> None:
    for what, count, most in (
        ("inputs", len(model.inputs), _INPUTS_MAX),
        ("classes", len(model.classes), _CLASSES_MAX),
        ("trees", len(model.trees), _TREES_MAX),
        ("nodes", sum(len(nodes) for _, nodes in model.trees), _NODES_MAX),
    ):
        _require(count <= most, f"{count} {what}: flowgauge loads at most {most}; train fewer or smaller trees")
    _require(bool(model.trees), "the model has no trees")
    _require(len(set(model.inputs)) == len(model.inputs), "a column is named twice")
    for name in [*model.inputs, *(str(label) for label in model.classes)]:
        _require(len(name.encode()) <= _NAME_MAX, f'the name "{name[:40]}..." has more than {_NAME_MAX} bytes')
    _require(len({str(label) for label in model.classes}) == len(model.classes), "two classes have the same name")
    for _, nodes in model.trees:
        _require(_depth(nodes) <= _DEPTH_MAX, f"a tree is more than {_DEPTH_MAX} splits deep; bound max_depth")
        for node in nodes:
            fine = all(math.isfinite(v) for v in node.values) and not math.isnan(node.threshold)
            _require(fine, "a tree has a value that is not finite")


def _depth(nodes: list[_Node]) -> int:
    deepest, depth, waiting = 0, 0, []
    for node in nodes:
        deepest = max(deepest, depth)
        if node.feature >= 0:
            waiting.append(depth)
            depth += 1
        elif waiting:
            depth = waiting.pop() + 1
    return deepest


# --- Checking ------------------------------------------------------------------------------------


def _probe_rows(model: Model, random: Any) -> Any:
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


def _unscaled(model: Model, rows: Any) -> Any:
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


def _check(estimator: Any, final: Any, model: Model, renamed: bool) -> None:
    import numpy as np

    rows = _unscaled(model, _probe_rows(model, np.random.default_rng(11)))
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
        kind = _kind(final)
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


# --- Predicting ----------------------------------------------------------------------------------


def _prepare(model: Model, rows: Any) -> tuple[Any, Any]:
    """The rows as the trees see them, and which of them may be predicted."""
    import numpy as np

    with np.errstate(over="ignore", invalid="ignore"):
        rows = np.array(rows, dtype=np.float64, ndmin=2)
        there = np.ones(len(rows), dtype=bool) if model.infinite else ~np.isinf(rows).any(axis=1)
        for kind, values in model.steps:
            if kind == "fill":
                rows = np.where(np.isnan(rows), values, rows)
            elif kind == "clip":
                rows = np.clip(rows, *values)
            else:
                apply = {"subtract": np.subtract, "divide": np.divide, "multiply": np.multiply, "add": np.add}[kind]
                rows = apply(rows, values)
        if model.cast == "float32":
            rows = rows.astype(np.float32).astype(np.float64)
        rows[np.abs(rows) <= model.tiny] = 0.0
    if not model.missing:
        there &= ~np.isnan(rows).any(axis=1)
    if not model.infinite:
        there &= ~np.isinf(rows).any(axis=1)
    return rows, there


def _leaves(model: Model, rows: Any) -> Iterator[tuple[int, Any]] | list[tuple[int, Any]]:
    """Of each tree its sum and the values of the leaves that the rows come to."""
    return [(group, _walk(model, nodes, rows)) for group, nodes in model.trees]


def _walk(model: Model, nodes: list[_Node], rows: Any) -> Any:
    import numpy as np

    right = [0] * len(nodes)
    waiting: list[int] = []
    for i, node in enumerate(nodes):
        if node.feature >= 0:
            waiting.append(i)
        elif waiting:
            right[waiting.pop()] = i + 1
    feature = np.array([node.feature for node in nodes])
    threshold = np.array([node.threshold for node in nodes])
    way = np.array([node.way for node in nodes])
    width = max(len(node.values) for node in nodes)
    values = np.array([list(node.values) or [0.0] * width for node in nodes])
    right_of = np.array(right)
    at = np.zeros(len(rows), dtype=np.int64)
    each = np.arange(len(rows))
    while True:
        moving = feature[at] >= 0
        if not moving.any():
            return values[at]
        value = rows[each, np.maximum(feature[at], 0)]
        ways = way[at]
        gone = np.isnan(value)
        zeros = np.isin(ways, ("0L", "0R"))
        gone |= zeros & (np.abs(value) <= model.tiny)
        value = np.where(gone & (ways == "0"), 0.0, value)
        left = value < threshold[at] if model.compare == "<" else value <= threshold[at]
        left = np.where(gone & (ways != "0"), np.isin(ways, ("L", "0L")), left)
        at = np.where(moving, np.where(left, at + 1, right_of[at]), at)


def _fold(model: Model, leaves: Any) -> Any:
    """Adds leaves up in the order of the trees."""
    import numpy as np

    count = len(leaves[0][1])
    number = np.float32 if model.precision == "float32" and model.combine == "sum" else np.float64
    sums = np.zeros((count, model.values), dtype=number)
    if model.combine == "mean":
        for _, values in leaves:
            sums += values
        return sums / len(leaves)
    base = np.asarray(model.base, dtype=number)
    if model.base_first:
        sums += base
    for group, values in leaves:
        sums[:, group] += values[:, 0].astype(number)
    if not model.base_first:
        sums += base
    return sums / number(model.divide)


def _link(model: Model, sums: Any) -> Any:
    import numpy as np

    one = sums.dtype.type(1)
    with np.errstate(over="ignore"):
        if model.link == "logistic" and sums.dtype == np.float32:
            out = one / (np.exp(np.minimum(-sums, np.float32(88.7))) + one)
        elif model.link == "logistic":
            out = 1.0 / (1.0 + np.exp(-model.scale * sums))
        elif model.link == "softmax":
            powers = np.exp(sums - sums.max(axis=1, keepdims=True))
            total = powers.astype(np.float64).sum(axis=1, keepdims=True)
            out = powers / total.astype(sums.dtype)
        else:
            out = np.exp(sums) if model.link == "exponential" else sums
    return np.hstack([one - out, out]) if model.values == 1 and len(model.classes) == 2 else out


# --- Files ---------------------------------------------------------------------------------------


def _lines(model: Model) -> Iterator[str]:
    yield "flowgauge-model 1"
    yield f"source {_escaped(model.source)}"
    yield f"inputs {len(model.inputs)}"
    for name in model.inputs:
        yield f"input {_escaped(name)}"
    for kind, values in model.steps:
        yield f"prepare {kind} {_numbers(values)}"
    yield f"cast {model.cast}"
    if model.tiny:
        yield f"tiny {_number(model.tiny)}"
    yield f"missing {'yes' if model.missing else 'no'}"
    yield f"infinite {'yes' if model.infinite else 'no'}"
    yield f"compare {model.compare}"
    yield "classes none" if model.label == "none" else f"classes {model.label} {len(model.classes)}"
    for label in model.classes:
        yield f"class {_escaped(_number(label) if model.label == 'real' else str(label))}"
    yield f"values {model.values}"
    if model.combine == "mean":
        yield "combine mean"
    else:
        yield f"combine sum {model.precision}"
        yield f"base {'first' if model.base_first else 'last'} {_numbers(model.base)}"
        yield f"divide {model.divide}"
    yield f"link logistic {_number(model.scale)}" if model.link == "logistic" else f"link {model.link}"
    yield f"decide {model.decide}"
    yield f"trees {len(model.trees)}"
    for group, nodes in model.trees:
        yield f"tree {len(nodes)}" if model.combine == "mean" else f"tree {group} {len(nodes)}"
        for node in nodes:
            if node.feature < 0:
                yield f"= {_numbers(node.values)}"
            else:
                yield f"{node.feature} {_number(node.threshold)} {node.way}"
    yield "end"


def _number(value: float) -> str:
    """The shortest text that is this number of 64 bits."""
    return repr(float(value))


def _numbers(values: Iterable[float]) -> str:
    return " ".join(_number(value) for value in values)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def _unescaped(text: str) -> str:
    meant = {"\\": "\\", "n": "\n", "r": "\r", "t": "\t"}
    out, characters = [], iter(text)
    for character in characters:
        out.append(meant[next(characters)] if character == "\\" else character)
    return "".join(out)


def load(path: str | os.PathLike[str]) -> Model:
    """Reads what export() wrote. flowgauge itself checks more: this is for looking at models that one trusts."""
    with open(path, encoding="utf-8", newline="\n") as file:
        text = file.read()
    try:
        return _parse(iter(text.split("\n")))
    except (ValueError, IndexError, KeyError, StopIteration) as error:
        raise ModelError(f"{os.fspath(path)} is no model of flowgauge: {error}") from error


def _parse(lines: Iterator[str]) -> Model:
    model = Model()

    def line(key: str) -> str:
        found, _, rest = next(lines).partition(" ")
        _require(found == key, f'"{key}" is expected, not "{found}"')
        return rest

    _require(line("flowgauge-model") == "1", "another version of the format")
    model.source = _unescaped(line("source"))
    model.inputs = [_unescaped(line("input")) for _ in range(int(line("inputs")))]
    key, _, rest = next(lines).partition(" ")
    while key == "prepare":
        kind, *values = rest.split()
        model.steps.append((kind, [float(value) for value in values]))
        key, _, rest = next(lines).partition(" ")
    _require(key == "cast", f'"cast" is expected, not "{key}"')
    model.cast = rest
    key, _, rest = next(lines).partition(" ")
    if key == "tiny":
        model.tiny = float(rest)
        rest = line("missing")
    model.missing = rest == "yes"
    model.infinite = line("infinite") == "yes"
    model.compare = line("compare")
    model.label, *count = line("classes").split()
    read = {"text": str, "integer": int, "real": float, "none": str}[model.label]
    model.classes = [read(_unescaped(line("class"))) for _ in range(int(count[0]) if count else 0)]
    model.values = int(line("values"))
    model.combine, *precision = line("combine").split()
    if model.combine == "sum":
        model.precision = precision[0]
        place, *base = line("base").split()
        model.base_first, model.base = place == "first", [float(value) for value in base]
        model.divide = int(line("divide"))
    model.link, *scale = line("link").split()
    model.scale = float(scale[0]) if scale else 1.0
    model.decide = line("decide")
    for _ in range(int(line("trees"))):
        *group, nodes = line("tree").split()
        parsed = [_parse_node(next(lines).split()) for _ in range(int(nodes))]
        model.trees.append((int(group[0]) if group else 0, parsed))
    return model


def _parse_node(words: list[str]) -> _Node:
    if words[0] == "=":
        return _Node(-1, values=[float(value) for value in words[1:]])
    return _Node(int(words[0]), float(words[1]), words[2])
