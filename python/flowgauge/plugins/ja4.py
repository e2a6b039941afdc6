"""Fingerprints of TLS."""

from __future__ import annotations

from .builtin import Builtin


class JA4(Builtin):
    """``ja4`` and ``ja4s``: fingerprints of TLS client and server."""

    _builtin = "ja4"
