"""Boosters of LightGBM, as their text says what they are."""

from __future__ import annotations

from typing import Any, Callable

from .ensemble import Model, ModelError, Node, require
from .estimators import fitted, kind_of, preorder, set_classes

_LIGHTGBM_ZERO = 1.0000000180025095e-35  # 1e-35 as a float of 32 bits


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
    booster = estimator if kind_of(estimator) == "lightgbm.Booster" else fitted(estimator, "booster_")
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
        set_classes(model, list(range(max(int(head["num_class"]), 2))))
        if hasattr(estimator, "classes_"):
            set_classes(model, estimator.classes_)
    blocks = [block for block in blocks if block.lstrip("\n").startswith("Tree=")]
    for i, block in enumerate(blocks):
        model.trees.append((i % model.values, _lightgbm_nodes(_pairs(block))))
    if "average_output" in head:
        model.divide = len(blocks) // model.values
    return model


def _pairs(block: str) -> dict[str, str]:
    lines = (line.partition("=") for line in block.strip("\n").split("\n"))
    return {key: value for key, _, value in lines}


def _lightgbm_nodes(tree: dict[str, str]) -> list[Node]:
    require(int(tree.get("num_cat", "0")) == 0, "categorical features cannot be written; train on numbers alone")
    require(int(tree.get("is_linear", "0")) == 0, "linear trees cannot be written; train without linear_tree")
    value = [float(text) for text in tree["leaf_value"].split()]
    if int(tree["num_leaves"]) == 1:
        return [Node(-1, values=value[:1])]
    feature = [int(text) for text in tree["split_feature"].split()]
    threshold = [float(text) for text in tree["threshold"].split()]
    decision = [int(text) for text in tree["decision_type"].split()]
    left = [int(text) for text in tree["left_child"].split()]
    right = [int(text) for text in tree["right_child"].split()]

    def way(bits: int) -> str:
        side = "L" if bits & 2 else "R"
        return {0: "0", 1: "0" + side, 2: side}[(bits >> 2) & 3]

    return preorder(
        lambda at: left[at] if at >= 0 else None,
        lambda at: right[at],
        lambda at: Node(feature[at], threshold[at], way(decision[at])),
        lambda at: Node(-1, values=[value[~at]]),
    )


MAKERS: dict[str, Callable[[Any], Model]] = {
    "lightgbm.Booster": _lightgbm,
    "lightgbm.LGBMClassifier": _lightgbm,
    "lightgbm.LGBMRegressor": _lightgbm,
}
