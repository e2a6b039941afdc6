"""The sequence of packet lengths and times."""

from __future__ import annotations

from .builtin import Builtin


class SPLT(Builtin):
    """``splt_direction``, ``splt_ps`` and ``splt_piat_ms`` of the first `sequence_length` packets, with sizes as
    `accounting_mode` has them."""

    _builtin = "splt"
    _arguments = ("sequence_length", "accounting_mode")
