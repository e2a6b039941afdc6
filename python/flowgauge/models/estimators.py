"""What estimators of all libraries have: a kind, classes, and trees that a walk writes down."""

from __future__ import annotations

import math
from typing import Any, Callable

from .ensemble import Model, ModelError, Node


def kind_of(thing: Any) -> str:
    """The library and name of what it is, or is made of: sklearn.RandomForestClassifier."""
    for base in type(thing).__mro__:
        package = base.__module__.split(".")[0]
        if package in ("sklearn", "xgboost", "lightgbm"):
            return f"{package}.{base.__name__}"
    return f"{type(thing).__module__}.{type(thing).__name__}"


def is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def fitted(estimator: Any, attribute: str) -> Any:
    value = getattr(estimator, attribute, None)
    if value is None:
        raise ModelError(f"the {type(estimator).__name__} is not fitted; call fit() first")
    return value


def set_classes(model: Model, classes: Any) -> None:
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


def preorder(
    left: Any, right: Any, split: Callable[[int], Node], leaf: Callable[[int], Node], root: int = 0
) -> list[Node]:
    """The nodes in the order of a walk that goes left first; a child below 0, or none, makes a leaf."""
    nodes: list[Node] = []
    waiting = [root]
    while waiting:
        at = waiting.pop()
        if left(at) is None:
            nodes.append(leaf(at))
            continue
        nodes.append(split(at))
        waiting += [right(at), left(at)]
    return nodes
