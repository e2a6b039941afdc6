"""Wavelets of a flow."""

from __future__ import annotations

from .builtin import Builtin


class WFPlugin(Builtin):
    """Features of the flow's Haar wavelets over `active_timeout` seconds in `levels` levels."""

    _builtin = "wf"
    _arguments = ("active_timeout", "levels")
