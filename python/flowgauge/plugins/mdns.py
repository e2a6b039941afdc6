"""Names of multicast DNS."""

from __future__ import annotations

from .builtin import Builtin


class MDNS(Builtin):
    """``mdns_ptr``: the PTR names of answers."""

    _builtin = "mdns"
