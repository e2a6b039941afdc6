"""Pseudonyms as NFStream makes them: BLAKE2b with a key that is drawn for each export."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from . import _native
from .session import calls_python, options_for_plugins, sees_ended


class Anonymizer:
    def __init__(self) -> None:
        self._key = secrets.token_bytes(64)

    def __call__(self, value: Any) -> Any:
        if value is None or value == "":
            return value
        return hashlib.blake2b(str(value).encode(), digest_size=64, key=self._key).hexdigest()


def split(streamer: Any, options: dict[str, Any], wanted: Any) -> tuple[list[str], list[str]]:
    """Those of `wanted` that the native core hides, and those that are hidden here: values of plugins in Python, and
    all where such a plugin is given flows that have ended, which it shall see as they are."""
    names = list(dict.fromkeys([wanted] if isinstance(wanted, str) else wanted))
    native_parts = options_for_plugins(streamer.udps)["native"]
    known = set(_native.column_names({**options, "native": native_parts}))
    given = calls_python(streamer.udps)
    for name in names:
        if name not in known and not (given and name.startswith("udps.")):
            print(f"WARNING: NFlow do not have {name} attribute. Skipping anonymization.")
    native = [name for name in names if name in known and not sees_ended(streamer.udps)]
    return native, [name for name in names if name not in native]


def anonymize_frame(table: Any, columns: list[str]) -> Any:
    hide = Anonymizer()
    for name in columns:
        if name in table:
            table[name] = [value if value != value else hide(value) for value in table[name]]
    return table
