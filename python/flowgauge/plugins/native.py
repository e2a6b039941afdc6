"""Plugins that others have made natively."""

from __future__ import annotations

from typing import Any

from ..plugin import NFPlugin


class NativePlugin(NFPlugin):
    """A plugin made with the SDK (docs/PLUGINS.md): `file` is its shared object, the rest its arguments."""

    def __init__(self, file: str, **arguments: Any) -> None:
        super().__init__(file=file, arguments={name: str(value) for name, value in arguments.items()})

    def native(self) -> "tuple[str, str, dict[str, str]] | None":
        return ("", self.file, self.arguments)  # type: ignore[attr-defined]
