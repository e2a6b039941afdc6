"""A tree ensemble as flowgauge knows it, of whichever library, and what it predicts.

The predictions are for checks and follow flowgauge's own evaluation, value by value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Iterator, Sequence


class ModelError(ValueError):
    """A model that cannot be written, or a file that is none."""


def require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise ModelError(otherwise)


@dataclass
class Node:
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
    trees: list[tuple[int, list[Node]]] = field(default_factory=list)  # each with its sum

    def raw(self, rows: Any) -> Any:
        """The sums, or means, of each row."""
        return fold(self, leaves_of(self, prepare(self, rows)[0]))

    def predict_proba(self, rows: Any) -> Any:
        """The probabilities of the classes; NaN where there is no prediction."""
        import numpy as np

        prepared, there = prepare(self, rows)
        out = _link(self, fold(self, leaves_of(self, prepared)))
        return np.where(there[:, None], out, np.nan)

    def predict(self, rows: Any) -> Any:
        """The class or value of each row; None or NaN where there is no prediction."""
        import numpy as np

        prepared, there = prepare(self, rows)
        raw = fold(self, leaves_of(self, prepared))
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


def prepare(model: Model, rows: Any) -> tuple[Any, Any]:
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


def leaves_of(model: Model, rows: Any) -> Iterator[tuple[int, Any]] | list[tuple[int, Any]]:
    """Of each tree its sum and the values of the leaves that the rows come to."""
    return [(group, _walk(model, nodes, rows)) for group, nodes in model.trees]


def _walk(model: Model, nodes: list[Node], rows: Any) -> Any:
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


def fold(model: Model, leaves: Any) -> Any:
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
