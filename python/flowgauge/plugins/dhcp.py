"""What DHCP clients say of themselves."""

from __future__ import annotations

from .builtin import Builtin


class DHCP(Builtin):
    """What a DHCP client asked for: ``dhcp_12`` (host name), ``dhcp_50``, ``dhcp_55``, ``dhcp_57``, ``dhcp_60``,
    ``dhcp_77``, ``dhcp_options``, ``dhcp_addr``, ``dhcp_msg_type`` and ``dhcp_oui``."""

    _builtin = "dhcp"
