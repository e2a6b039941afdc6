"""Trees, forests and boosting of scikit-learn, and the scalers that a Pipeline has before them."""

from __future__ import annotations

import math
import warnings
from typing import Any, Callable, Sequence

from .ensemble import Model, ModelError, Node, require
from .estimators import fitted, is_nan, kind_of, preorder, set_classes


def unpack(estimator: Any) -> tuple[Any, list[tuple[str, list[float]]]]:
    """The last step of a pipeline and what those before it do."""
    if kind_of(estimator) != "sklearn.Pipeline":
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
    kind = kind_of(step)

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
        require(not step.add_indicator, "a SimpleImputer with add_indicator: leave the indicator out")
        require(is_nan(step.missing_values), "a SimpleImputer of other than NaN: use missing_values=nan")
        done += [("fill", of("statistics_"))]
    else:
        raise ModelError(
            f'step "{name}" of the pipeline is a {kind}: flowgauge does StandardScaler, MinMaxScaler, RobustScaler, '
            "MaxAbsScaler and SimpleImputer before the trees (which need no scaling); train without it"
        )
    for word, values in done:
        require(all(math.isfinite(v) for v in values), f'step "{name}" has parameters that are not finite ({word})')
    return done


def _single_tree(estimator: Any) -> Model:
    fitted(estimator, "tree_")
    return _mean_of(estimator, [estimator])


def _forest(estimator: Any) -> Model:
    return _mean_of(estimator, fitted(estimator, "estimators_"))


def _mean_of(estimator: Any, trees: Sequence[Any]) -> Model:
    import numpy as np

    require(getattr(estimator, "n_outputs_", 1) == 1, "a model of several outputs; train one model for each")
    model = Model(cast="float32", combine="mean")
    model.missing = _accepts_missing(estimator, estimator.n_features_in_)
    classes = getattr(estimator, "classes_", None)
    if classes is not None:
        set_classes(model, classes)
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


def _holds_fractions() -> bool:
    """Whether leaves of scikit-learn's classifiers hold fractions: before 1.3 they held counts."""
    import sklearn

    major, minor = sklearn.__version__.split(".")[:2]
    return (int(major), int(minor)) >= (1, 3)


def _sklearn_nodes(tree: Any, values: Sequence[Sequence[float]]) -> list[Node]:
    """Of an sklearn.tree._tree.Tree; `values` are what its leaves say."""
    state = tree.__getstate__()["nodes"]
    names = state.dtype.names
    ways = state["missing_go_to_left"].tolist() if "missing_go_to_left" in names else [0] * len(state)
    left, right = tree.children_left.tolist(), tree.children_right.tolist()
    feature, threshold = tree.feature.tolist(), tree.threshold.tolist()
    return preorder(
        lambda at: left[at] if left[at] >= 0 else None,
        lambda at: right[at],
        lambda at: Node(feature[at], threshold[at], "L" if ways[at] else "R"),
        lambda at: Node(-1, values=values[at]),
    )


def _gradient_boosting(estimator: Any) -> Model:
    import numpy as np

    stages = fitted(estimator, "estimators_")
    initial = estimator.init_
    require(
        isinstance(initial, str) or kind_of(initial) in ("sklearn.DummyClassifier", "sklearn.DummyRegressor"),
        "gradient boosting that begins with another estimator (init=...); leave init out",
    )
    count = estimator.n_features_in_
    model = Model(cast="float32", combine="sum", values=stages.shape[1])
    model.base = [float(v) for v in np.ravel(estimator._raw_predict_init(np.zeros((1, count), dtype=np.float32)))]
    if hasattr(estimator, "classes_"):
        set_classes(model, estimator.classes_)
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

    predictors = fitted(estimator, "_predictors")
    categorical = getattr(estimator, "is_categorical_", None)
    require(
        categorical is None or not any(categorical), "categorical features cannot be written; train on numbers alone"
    )
    base = [float(v) for v in np.ravel(estimator._baseline_prediction)]
    model = Model(combine="sum", values=len(base), base=base, missing=True, infinite=True)
    if hasattr(estimator, "classes_"):
        set_classes(model, estimator.classes_)
        model.link = "logistic" if model.values == 1 else "softmax"
        model.decide = "raw_positive" if model.values == 1 else "largest_raw"
    elif estimator.loss in ("poisson", "gamma"):
        model.link = "exponential"
    for stage in predictors:
        for k, predictor in enumerate(stage):
            model.trees.append((k, _histogram_nodes(predictor.nodes)))
    return model


def _histogram_nodes(nodes: Any) -> list[Node]:
    columns = {name: nodes[name].tolist() for name in nodes.dtype.names}
    is_leaf, left, right = columns["is_leaf"], columns["left"], columns["right"]
    feature, threshold = columns["feature_idx"], columns["num_threshold"]
    ways, value = columns["missing_go_to_left"], columns["value"]
    return preorder(
        lambda at: None if is_leaf[at] else left[at],
        lambda at: right[at],
        lambda at: Node(feature[at], threshold[at], "L" if ways[at] else "R"),
        lambda at: Node(-1, values=[value[at]]),
    )


MAKERS: dict[str, Callable[[Any], Model]] = {
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
}
