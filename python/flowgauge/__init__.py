"""Flows of interfaces and capture files, metered by flowgauge's native core.

NFStream's interface: ``import flowgauge as nfstream`` runs a program that was written for it.

    from flowgauge import NFStreamer
    for flow in NFStreamer(source="traffic.pcap"):
        print(flow.src_ip, flow.application_name)

Beyond it: ``flowgauge.read()`` is one call from a capture to a DataFrame, and ``NFStreamer.batches()``
gives columns by Arrow's PyCapsule interface.
"""

from ._native import NFlow, NFPacket, version as __version__
from .plugin import NFPlugin
from .streamer import NFStreamer
from .reading import read, read_batches

__all__ = ["NFStreamer", "NFPlugin", "NFlow", "NFPacket", "read", "read_batches", "__version__"]
