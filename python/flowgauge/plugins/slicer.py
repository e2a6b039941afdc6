"""Flows of a bounded number of packets."""

from __future__ import annotations

from .builtin import Builtin


class FlowSlicer(Builtin):
    """Ends a flow with its packet number `limit`."""

    _builtin = "flow_slicer"
    _arguments = ("limit",)
