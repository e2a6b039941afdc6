"""NFStream's plugins, done natively.

Each takes NFStream's arguments and gives its ``flow.udps`` values. A class that inherits from one keeps the
native part and may add methods of its own.
"""

from __future__ import annotations

from typing import Any

from ..plugin import NFPlugin

__all__ = ["SPLT", "FlowSlicer", "DHCP", "MDNS", "JA4", "WFPlugin", "NativePlugin"]


class _Builtin(NFPlugin):
    _builtin = ""
    _arguments: tuple[str, ...] = ()

    def native(self) -> "tuple[str, str, dict[str, str]] | None":
        arguments = {name: str(getattr(self, name)) for name in self._arguments if hasattr(self, name)}
        return (self._builtin, "", arguments)


class SPLT(_Builtin):
    """``splt_direction``, ``splt_ps`` and ``splt_piat_ms`` of the first `sequence_length` packets, with sizes as
    `accounting_mode` has them."""

    _builtin = "splt"
    _arguments = ("sequence_length", "accounting_mode")


class FlowSlicer(_Builtin):
    """Ends a flow with its packet number `limit`."""

    _builtin = "flow_slicer"
    _arguments = ("limit",)


class DHCP(_Builtin):
    """What a DHCP client asked for: ``dhcp_12`` (host name), ``dhcp_50``, ``dhcp_55``, ``dhcp_57``, ``dhcp_60``,
    ``dhcp_77``, ``dhcp_options``, ``dhcp_addr``, ``dhcp_msg_type`` and ``dhcp_oui``."""

    _builtin = "dhcp"


class MDNS(_Builtin):
    """``mdns_ptr``: the PTR names of answers."""

    _builtin = "mdns"


class JA4(_Builtin):
    """``ja4`` and ``ja4s``: fingerprints of TLS client and server."""

    _builtin = "ja4"


class WFPlugin(_Builtin):
    """Features of the flow's Haar wavelets over `active_timeout` seconds in `levels` levels."""

    _builtin = "wf"
    _arguments = ("active_timeout", "levels")


class NativePlugin(NFPlugin):
    """A plugin made with the SDK (docs/PLUGINS.md): `file` is its shared object, the rest its arguments."""

    def __init__(self, file: str, **arguments: Any) -> None:
        super().__init__(file=file, arguments={name: str(value) for name, value in arguments.items()})

    def native(self) -> "tuple[str, str, dict[str, str]] | None":
        return ("", self.file, self.arguments)  # type: ignore[attr-defined]
