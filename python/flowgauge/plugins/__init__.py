"""NFStream's plugins, done natively, in modules of NFStream's names.

Each takes NFStream's arguments and gives its ``flow.udps`` values. A class that inherits from one keeps the
native part and may add methods of its own.
"""

from .dhcp import DHCP
from .ja4 import JA4
from .mdns import MDNS
from .native import NativePlugin
from .slicer import FlowSlicer
from .splt import SPLT
from .wfeatures import WFPlugin

__all__ = ["SPLT", "FlowSlicer", "DHCP", "MDNS", "JA4", "WFPlugin", "NativePlugin"]
