"""What is common to plugins that come along natively."""

from __future__ import annotations

from ..plugin import NFPlugin


class Builtin(NFPlugin):
    """Its attributes of those names are the arguments of the native part."""

    _builtin = ""
    _arguments: tuple[str, ...] = ()

    def native(self) -> "tuple[str, str, dict[str, str]] | None":
        arguments = {name: str(getattr(self, name)) for name in self._arguments if hasattr(self, name)}
        return (self._builtin, "", arguments)
