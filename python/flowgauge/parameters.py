"""NFStreamer's parameters: what they accept, and what it says when they do not."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Callable

from .plugin import NFPlugin

UINT64_MAX = 2**64 - 1
MODE_FILE, MODE_INTERFACE, MODE_FILES = 0, 1, 2


def interfaces() -> list[str]:
    """Names of this machine's interfaces, and the one that stands for all of them."""
    try:
        names = os.listdir("/sys/class/net")
    except OSError:
        names = []
    return [name for name in names if os.path.isdir(os.path.join("/sys/class/net", name))]


def source(value: Any) -> tuple[Any, int]:
    """The source and its kind. The elements of a list are replaced by texts, as NFStream does."""
    if isinstance(value, list):
        if not value:
            raise ValueError("Please provide a non-empty list of sources.")
        for i, path in enumerate(value):
            if not isinstance(path, (str, os.PathLike)) or not os.path.isfile(path):
                raise ValueError(f"Invalid pcap file path at index: {i}.")
            value[i] = os.fspath(path)
        return value, MODE_FILES
    if isinstance(value, (str, os.PathLike)):
        text = os.fspath(value)
        # A pipe is read like a file; a directory is none.
        if os.path.exists(text) and not os.path.isdir(text):
            return text, MODE_FILE
        if isinstance(text, str) and text in interfaces():
            return text, MODE_INTERFACE
    raise ValueError("Please specify a pcap file path or a valid network interface name as source.")


def _boolean(name: str) -> Callable[[Any], bool]:
    def check(value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValueError(f"Please specify a valid {name} parameter (possible values: True, False).")
        return value

    return check


def _integer(text: str, low: int, high: int | None = None) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if not isinstance(value, int) or value < low or (high is not None and value > high):
            raise ValueError(text)
        return value

    return check


def _timeout(name: str) -> Callable[[Any], int]:
    text = f"Please specify a valid {name} parameter (positive integer in seconds)."

    def check(value: Any) -> int:
        if not isinstance(value, int) or value < 0 or value * 1000 > UINT64_MAX:
            raise ValueError(text)
        return value

    return check


def bpf_filter(value: Any) -> Any:
    if value is not None and not isinstance(value, str):
        raise ValueError("Please specify a valid bpf_filter format.")
    return value


def udps(value: Any) -> tuple[NFPlugin, ...]:
    if value is None:
        return ()
    if isinstance(value, NFPlugin):
        return (value,)
    try:
        plugins = tuple(value)
    except TypeError:
        plugins = (value,)
    if not all(isinstance(plugin, NFPlugin) for plugin in plugins):
        raise ValueError("User defined plugins must inherit from NFPlugin type.")
    return plugins


def features(value: Any) -> dict[str, str]:
    """Computed features: expressions by name (docs/FEATURES.md)."""
    value = {} if value is None else value
    if not isinstance(value, Mapping) or not all(isinstance(part, str) for pair in value.items() for part in pair):
        raise ValueError("Please specify a valid features parameter (a mapping of names to expressions).")
    return dict(value)


_MODEL_KEYS = ("file", "inputs", "outputs", "when")


def _model(name: Any, given: Any) -> dict[str, Any]:
    """What the configuration of the sensor says of a model."""
    model = dict(given) if isinstance(given, Mapping) else {"file": given}
    others = [key for key in model if key not in _MODEL_KEYS]
    if not isinstance(name, str) or others or not isinstance(model.get("file"), (str, os.PathLike)):
        raise ValueError(
            "Please specify a valid models parameter (a mapping of names to files, "
            "or to mappings with file, inputs, outputs and when)."
        )
    for key in ("inputs", "outputs"):
        model[key] = model.get(key) or []
        if isinstance(model[key], str) or not all(isinstance(column, str) for column in model[key]):
            raise ValueError(f"Please specify valid {key} of model {name} (a list of names of columns).")
        model[key] = list(model[key])
    when = model.setdefault("when", "expire")
    if when != "expire" and (not isinstance(when, int) or isinstance(when, bool) or not 1 <= when < 2**32):
        raise ValueError(f"Please specify a valid when of model {name} ('expire', or the number of a packet >= 1).")
    model["file"] = os.fspath(model["file"])
    return model


def models(value: Any) -> dict[str, dict[str, Any]]:
    """Models by name: their file, or also inputs, outputs and when (docs/MODELS.md)."""
    value = {} if value is None else value
    if not isinstance(value, Mapping):
        raise ValueError("Please specify a valid models parameter (a mapping of names to files).")
    return {name: _model(name, given) for name, given in value.items()}


def splt_analysis(value: Any) -> int:
    checked = _SPLT(value)
    if checked > 255:
        print(
            "[WARNING]: The specified splt_analysis parameter is higher than 255. "
            "High values can impact the performance of the tool."
        )
    return checked


_SPLT = _integer("Please specify a valid splt_analysis parameter (possible values in : [0,...,65535])", 0, 65535)

CHECKS: dict[str, Callable[[Any], Any]] = {
    "decode_tunnels": _boolean("decode_tunnels"),
    "bpf_filter": bpf_filter,
    "promiscuous_mode": _boolean("promiscuous_mode"),
    "snapshot_length": _integer("Please specify a valid snapshot_length parameter (positive integer).", 1),
    "socket_buffer_size": _integer(
        "Please specify a valid socket_buffer_size parameter (positive integer <= 2^31-1).", 0, 2**31 - 1
    ),
    "idle_timeout": _timeout("idle_timeout"),
    "active_timeout": _timeout("active_timeout"),
    "accounting_mode": _integer(
        "Please specify a valid accounting_mode parameter (possible values: 0, 1, 2, 3).", 0, 3
    ),
    "udps": udps,
    "features": features,
    "models": models,
    "n_dissections": _integer(
        "Please specify a valid n_dissections parameter (possible values in : [0,...,255]).", 0, 255
    ),
    "statistical_analysis": _boolean("statistical_analysis"),
    "splt_analysis": splt_analysis,
    "n_meters": _integer("Please specify a valid n_meters parameter (>=1 or 0 for auto scaling).", 0),
    "max_nflows": _integer("Please specify a valid max_nflows parameter (>=0).", 0),
    "performance_report": _integer(
        "Please specify a valid performance_report parameter (>=1 for reporting interval (seconds) "
        "or 0 to disable). [Available only for Live capture]",
        0,
    ),
    "system_visibility_mode": _integer(
        "Please specify a valid system_visibility_mode parameter\n"
        "0: disable\n1: process information\n"
        "[Available only for live capture on the system generating the traffic]",
        0,
        1,
    ),
    "system_visibility_poll_ms": _integer(
        "Please specify a valid system_visibility_poll_ms parameter (positive integer in milliseconds)", 0
    ),
}


def choice(name: str, value: Any, values: tuple[str, ...]) -> str:
    """Of our own parameters."""
    if value not in values:
        raise ValueError(f"Please specify a valid {name} parameter (possible values: {', '.join(values)}).")
    return value
