"""Writes trained models as files that flowgauge runs on live flows, and reads them back.

    import flowgauge.models
    flowgauge.models.export(estimator, columns, "traffic.fgm")

`estimator` is a fitted decision tree, random forest, extra trees, gradient boosting or histogram gradient
boosting of scikit-learn, a Pipeline of scalers and one of these, or a model of XGBoost or LightGBM. `columns`
are the columns of flows that it was trained on, in that order. The format is docs/MODELS.md; a file is data, and
nothing in it is ever executed. What cannot be written so that flowgauge predicts the same is refused.

It needs nothing but numpy, and that only when it is used. exporting.py is where to begin reading: each library has a
module that turns its trees into those of ensemble.py, and file_format.py writes them.
"""

from .ensemble import Model, ModelError
from .exporting import export
from .file_format import load

__all__ = ["Model", "ModelError", "export", "load"]
