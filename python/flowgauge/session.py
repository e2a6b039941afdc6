"""Runs of the native core: what plugins hear of them, and what is left when Python ends."""

from __future__ import annotations

import atexit
import weakref
from typing import Any, Iterable

from . import _native
from .batch import Batch
from .plugin import NFPlugin, overrides

_open: "weakref.WeakSet[Any]" = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """Threads that meter must not outlive the interpreter."""
    for session in list(_open):
        session.close()


def options_for_plugins(plugins: Iterable[NFPlugin]) -> dict[str, Any]:
    """Who is to be called, by method, and which native parts there are."""
    options: dict[str, Any] = {"native": [], "on_init": [], "on_update": [], "on_expire": []}
    for plugin in plugins:
        native = plugin.native()
        if native is not None:
            options["native"].append(native)
        for method in ("on_init", "on_update", "on_expire"):
            if overrides(plugin, method):
                options[method].append(getattr(plugin, method))
    return options


def calls_python(plugins: Iterable[NFPlugin]) -> bool:
    """Whether flows have values that only Python knows."""
    methods = ("on_init", "on_update", "on_expire", "on_expire_batch")
    return any(overrides(plugin, method) for plugin in plugins for method in methods)


def sees_ended(plugins: Iterable[NFPlugin]) -> bool:
    """Whether a plugin in Python is called with flows that have ended."""
    methods = ("on_expire", "on_expire_batch")
    return any(overrides(plugin, method) for plugin in plugins for method in methods)


class _Hook:
    """Sees every batch before its flows are given out, and the end."""

    def __init__(self, plugins: tuple[NFPlugin, ...], expires: bool) -> None:
        self.plugins = plugins
        self.on_expire = [p.on_expire for p in plugins if expires and overrides(p, "on_expire")]
        self.on_expire_batch = [p.on_expire_batch for p in plugins if overrides(p, "on_expire_batch")]
        self.has_calls = bool(self.on_expire or self.on_expire_batch)

    def __call__(self, batch: Any) -> None:
        if batch is None:
            for plugin in self.plugins:
                plugin.cleanup()
            return
        if not self.has_calls:
            return
        flows = batch._make_flows()
        for on_expire in self.on_expire:
            for flow in flows:
                on_expire(flow)
        for on_expire_batch in self.on_expire_batch:
            for name, values in (on_expire_batch(Batch([batch])) or {}).items():
                for flow, value in zip(flows, values):
                    setattr(flow.udps, name, value)


def open_session(options: dict[str, Any], plugins: tuple[NFPlugin, ...]) -> Any:
    """An iterator of flows. A run begins at once; it ends with the last flow, with close(), or when nobody
    refers to it."""
    hook = None
    if plugins:
        calls = options_for_plugins(plugins)
        sees_packets = bool(calls["on_init"] or calls["on_update"])
        hook = _Hook(plugins, expires=not sees_packets)
        options = {**options, **calls, "has_udps": True}
    session = _native.Session(options, hook)
    _open.add(session)
    return session
