"""Pseudonyms as NFStream makes them: BLAKE2b with a key that is drawn for each export."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from . import _native


class Anonymizer:
    def __init__(self) -> None:
        self._key = secrets.token_bytes(64)

    def __call__(self, value: Any) -> Any:
        if value is None or value == "":
            return value
        return hashlib.blake2b(str(value).encode(), digest_size=64, key=self._key).hexdigest()


def split(streamer: Any, options: dict[str, Any], wanted: Any) -> tuple[list[str], list[str]]:
    """Those of `wanted` that the native core has, and those that plugins in Python may give."""
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    known = set(_native.column_names(options))
    native = [name for name in names if name in known]
    later = [name for name in names if name not in known and name.startswith("udps.")]
    for name in names:
        if name not in known and not (name in later and streamer.udps):
            print(f"WARNING: NFlow do not have {name} attribute. Skipping anonymization.")
    return list(dict.fromkeys(native)), later


def anonymize_frame(table: Any, columns: list[str]) -> Any:
    hide = Anonymizer()
    for name in columns:
        if name in table:
            table[name] = [value if value != value else hide(value) for value in table[name]]
    return table
