"""What users write to add features to flows."""

from __future__ import annotations

from typing import Any


class NFPlugin:
    """A feature of flows. Its arguments become attributes.

    Only methods that a class overrides are called. Setting ``flow.expiration_id = -1`` in ``on_init``
    or ``on_update`` ends the flow with the packet under way.
    """

    def __init__(self, **kwargs: Any) -> None:
        for name, value in kwargs.items():
            setattr(self, name, value)

    def on_init(self, packet: Any, flow: Any) -> None:
        """The first packet of a flow."""

    def on_update(self, packet: Any, flow: Any) -> None:
        """Each later packet."""

    def on_expire(self, flow: Any) -> None:
        """The flow has ended: all of its values are final."""

    def on_expire_batch(self, batch: Any) -> Any:
        """Many flows have ended (a :class:`flowgauge.batch.Batch`).

        May return a mapping of names to one value a flow, which become ``flow.udps.NAME``.
        """

    def cleanup(self) -> None:
        """Nothing follows."""

    def native(self) -> "tuple[str, str, dict[str, str]] | None":
        """The native part that belongs to it, if any: (builtin, file, arguments). It is done before Python is
        called, and its values are in ``flow.udps``."""
        return None


def overrides(plugin: NFPlugin, method: str) -> bool:
    """Whether the class of `plugin`, or the object itself, has a `method` of its own."""
    return method in vars(plugin) or getattr(type(plugin), method) is not getattr(NFPlugin, method)
