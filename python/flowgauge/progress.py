"""A progress bar for whoever waits for files at a terminal, where tqdm is installed."""

from __future__ import annotations

import sys
from typing import Any


class Progress:
    """`wanted`: None shows it at a terminal."""

    def __init__(self, session: Any, wanted: "bool | None") -> None:
        self._session = session
        self._bar: Any = None
        if wanted is False or (wanted is None and not sys.stderr.isatty()):
            return
        try:
            from tqdm.auto import tqdm
        except ImportError:
            return
        total = session.progress()[1]
        if total:
            self._bar = tqdm(total=total, unit="B", unit_scale=True, desc="flowgauge", leave=False)

    @property
    def is_shown(self) -> bool:
        return self._bar is not None

    def look(self) -> None:
        if self._bar is not None:
            self._bar.update(self._session.progress()[0] - self._bar.n)

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_error: Any) -> None:
        if self._bar is not None:
            self._bar.close()
        self._session.close()
