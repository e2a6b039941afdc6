"""From a fitted estimator to a file: who can be written, what its inputs and classes are called."""

from __future__ import annotations

import os
from typing import Any, Iterable, Sequence

from . import lightgbm_booster, scikit_learn, xgboost_booster
from .check import check_export
from .ensemble import Model, ModelError, require
from .estimators import kind_of, set_classes
from .file_format import check_bounds, lines_of

_MAKERS = {**scikit_learn.MAKERS, **xgboost_booster.MAKERS, **lightgbm_booster.MAKERS}


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
    final, steps = scikit_learn.unpack(estimator)
    model = _describe(final)
    model.steps = steps
    model.infinite = model.infinite and not steps  # scalers refuse it
    model.inputs = _columns(estimator, final, columns, model)
    if classes is not None:
        _rename(model, list(classes))
    check_bounds(model)
    if check:
        check_export(estimator, final, model, classes is not None)
    temporary = f"{os.fspath(path)}.new"
    try:
        with open(temporary, "w", encoding="utf-8", newline="\n") as file:
            file.writelines(line + "\n" for line in lines_of(model))
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise


def _describe(estimator: Any) -> Model:
    kind = kind_of(estimator)
    library, name = kind.split(".", 1)
    if kind not in _MAKERS:
        known = ", ".join(sorted(_MAKERS))
        raise ModelError(f"a {kind} cannot be written as a tree ensemble; these can: {known}; Pipelines of scalers too")
    model = _MAKERS[kind](estimator)
    module = __import__(library)
    model.source = f"{library} {getattr(module, '__version__', '')} {name}"
    return model


def _rename(model: Model, classes: list[Any]) -> None:
    require(model.label != "none", "classes are given, but the model is a regression")
    require(
        len(classes) == len(model.classes),
        f"{len(classes)} names of classes are given, but the model has {len(model.classes)} classes",
    )
    set_classes(model, classes)


def _columns(estimator: Any, final: Any, columns: Iterable[str] | None, model: Model) -> list[str]:
    count = _input_count(final)
    own = _own_names(estimator, final)
    if columns is None:
        require(own is not None, "the model knows no names of its inputs; give `columns`")
        return list(own or [])
    if isinstance(columns, str):
        raise ModelError("`columns` is one text; give a list of names")
    names = [str(name) for name in columns]
    require(len(names) == count, f"{len(names)} columns are given, but the model was trained on {count}")
    if own is not None and own != names:
        at = next(i for i in range(count) if own[i] != names[i])
        raise ModelError(f'column {at} is "{names[at]}", but the model was trained on "{own[at]}" there; keep its order')
    return names


def _own_names(estimator: Any, final: Any) -> list[str] | None:
    """What the estimator was told that its inputs are called, if anything."""
    names = getattr(estimator, "feature_names_in_", None)
    if names is None and kind_of(final) == "xgboost.Booster":
        names = final.feature_names
    if names is None and kind_of(final) == "lightgbm.Booster":
        names = final.feature_name()
        names = None if all(name.startswith("Column_") for name in names) else names
    return None if names is None else [str(name) for name in names]


def _input_count(final: Any) -> int:
    kind = kind_of(final)
    if kind == "xgboost.Booster":
        return int(final.num_features())
    if kind == "lightgbm.Booster":
        return int(final.num_feature())
    return int(final.n_features_in_)
