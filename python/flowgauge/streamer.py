"""NFStreamer: NFStream's interface to the native core."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Iterator

from . import _native, anonymizer, parameters
from .batch import Batch, frame
from .csv_text import write_flows
from .parameters import MODE_FILE, MODE_FILES, MODE_INTERFACE
from .progress import Progress
from .session import calls_python, open_session, options_for_plugins

_FRAGMENTS = ("reassemble", "first_only", "ignore")


def _native_model(name: str, model: "dict[str, Any]") -> "tuple[str, str, list[str], list[str], int]":
    packets = 0 if model["when"] == "expire" else model["when"]
    return (name, model["file"], model["inputs"], model["outputs"], packets)


class NFStreamer:
    """Flows of a capture file, a list of them, or an interface.

    The parameters are NFStream's, with its defaults and errors. Those behind ``*`` are flowgauge's:
    what becomes of fragments (as NFStream: of files the first one counts, live they are reassembled),
    the unit of times, ``columns="all"`` for those that NFStream does not have, ``when`` for a filter of flows,
    ``end_on_tcp="fin_rst"`` to end flows with their connection, whether to show a progress bar, computed
    features (``{"name": "expression"}``, docs/FEATURES.md) and models (``{"name": "file"}``, or instead of the
    file a mapping with file, inputs, outputs and when; docs/MODELS.md), whose columns are in ``flow.udps``.
    """

    def __init__(
        self,
        source: Any = None,
        decode_tunnels: bool = True,
        bpf_filter: "str | None" = None,
        promiscuous_mode: bool = True,
        snapshot_length: int = 1536,
        socket_buffer_size: int = 0,
        idle_timeout: int = 120,
        active_timeout: int = 1800,
        accounting_mode: int = 0,
        udps: Any = None,
        n_dissections: int = 20,
        statistical_analysis: bool = False,
        splt_analysis: int = 0,
        n_meters: int = 0,
        max_nflows: int = 0,
        performance_report: int = 0,
        system_visibility_mode: int = 0,
        system_visibility_poll_ms: int = 100,
        *,
        fragments: "str | None" = None,
        time_unit: str = "ms",
        end_on_tcp: str = "none",
        columns: str = "nfstream",
        when: "str | None" = None,
        max_flows: int = 1_000_000,
        progress: "bool | None" = None,
        features: "Mapping[str, str] | None" = None,
        models: "Mapping[str, Any] | None" = None,
    ) -> None:
        self._mode = MODE_FILE
        self.source = source
        self.decode_tunnels = decode_tunnels
        self.bpf_filter = bpf_filter
        self.promiscuous_mode = promiscuous_mode
        self.snapshot_length = snapshot_length
        self.socket_buffer_size = socket_buffer_size
        self.idle_timeout = idle_timeout
        self.active_timeout = active_timeout
        self.accounting_mode = accounting_mode
        self.udps = udps
        self.n_dissections = n_dissections
        self.statistical_analysis = statistical_analysis
        self.splt_analysis = splt_analysis
        self.n_meters = n_meters
        self.max_nflows = max_nflows
        self.performance_report = performance_report
        self.system_visibility_mode = system_visibility_mode
        self.system_visibility_poll_ms = system_visibility_poll_ms
        if fragments is None:
            fragments = "reassemble" if self._mode == MODE_INTERFACE else "first_only"
        self.fragments = parameters.choice("fragments", fragments, _FRAGMENTS)
        self.time_unit = parameters.choice("time_unit", time_unit, ("ms", "us", "ns"))
        self.end_on_tcp = parameters.choice("end_on_tcp", end_on_tcp, ("none", "fin_rst"))
        self.columns = columns
        self.when = when
        self.max_flows = max_flows
        self.progress = progress
        self.features = features
        self.models = models

    def __setattr__(self, name: str, value: Any) -> None:
        check = parameters.CHECKS.get(name)
        if name == "source":
            value, mode = parameters.source(value)
            object.__setattr__(self, "_mode", mode)
        elif check is not None:
            value = check(value)
        if name == "system_visibility_mode" and value and self._mode != MODE_INTERFACE:
            print("WARNING: system_visibility_mode switched to 0 in offline capture.")
            value = 0
        object.__setattr__(self, name, value)

    def _options(self) -> dict[str, Any]:
        options: dict[str, Any] = {
            "decode_tunnels": "nfstream" if self.decode_tunnels is True else self.decode_tunnels or "none",
            "bpf_filter": self.bpf_filter,
            "idle_timeout": self.idle_timeout,
            "active_timeout": self.active_timeout,
            "accounting_mode": self.accounting_mode,
            "n_dissections": self.n_dissections,
            "statistical_analysis": self.statistical_analysis,
            "splt_analysis": self.splt_analysis,
            "workers": self.n_meters,
            "max_nflows": self.max_nflows,
            "fragments": self.fragments,
            "time_unit": self.time_unit,
            "end_on_tcp": self.end_on_tcp,
            "columns": self.columns,
            "when": self.when,
            "max_flows": self.max_flows,
            "features": list(self.features.items()),
            "models": [_native_model(name, model) for name, model in self.models.items()],
        }
        if self._mode == MODE_INTERFACE:
            options.update(
                interface=self.source,
                promiscuous_mode=self.promiscuous_mode,
                snapshot_length=self.snapshot_length,
                socket_buffer_size=self.socket_buffer_size,
                performance_report=self.performance_report,
                system_visibility_mode=self.system_visibility_mode,
                system_visibility_poll_ms=self.system_visibility_poll_ms,
            )
        else:
            options["sources"] = list(self.source) if self._mode == MODE_FILES else [self.source]
        self._settle_workers(options)
        return options

    def _settle_workers(self, options: dict[str, Any]) -> None:
        """Plugins in Python that see packets are called by one worker."""
        calls = options_for_plugins(self.udps)
        if calls["on_init"] or calls["on_update"]:
            options["workers"] = 1

    def __iter__(self) -> Iterator[Any]:
        return open_session(self._options(), self.udps)

    def batches(self) -> Iterator[Batch]:
        """The flows by columns, some thousands at a time."""
        session = open_session(self._options(), self.udps)
        try:
            for batch in session.batches():
                yield Batch([batch])
        finally:
            session.close()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return open_session(self._options(), self.udps).__arrow_c_stream__(requested_schema)

    def to_pandas(self, columns_to_anonymize: Any = ()) -> Any:
        """All flows as a DataFrame, with the types that NFStream's has; None if there are none."""
        options = self._options()
        later = self._anonymize(options, columns_to_anonymize)
        session = open_session(options, self.udps)
        parts = []
        with Progress(session, self.progress) as progress:
            for batch in session.batches():
                parts.append(batch)
                progress.look()
        if not parts:
            return None
        table = frame(parts, lists_as_text=True, empty_is_missing=True)
        return anonymizer.anonymize_frame(table, later)

    def to_csv(
        self,
        path: Any = None,
        columns_to_anonymize: Any = (),
        flows_per_file: int = 0,
        rotate_files: int = 0,
        *,
        csv_dialect: str = "rfc4180",
    ) -> int:
        """Writes all flows; returns how many. Without flows there is no file.

        With `flows_per_file` the files of "flows.csv" are "flows.0.csv", "flows.1.csv" and so on; with
        `rotate_files` the number begins again after so many.
        """
        for name, value in (("flows_per_file", flows_per_file), ("rotate_files", rotate_files)):
            if not isinstance(value, int) or value < 0:
                raise ValueError(f"Please specify a valid {name} parameter (>= 0).")
        if path is None:
            first = self.source[0] if self._mode == MODE_FILES else self.source
            path = f"{first}.csv"
        options = self._options()
        parameters.choice("csv_dialect", csv_dialect, ("rfc4180", "nfstream"))
        later = self._anonymize(options, columns_to_anonymize)
        files = {
            "csv_path": os.fspath(path),
            "csv_dialect": csv_dialect,
            "flows_per_file": flows_per_file,
            "rotate_files": rotate_files,
        }
        if calls_python(self.udps):
            return write_flows(open_session(options, self.udps), files, later)
        session = open_session({**options, **files}, self.udps)
        with Progress(session, self.progress) as progress:
            flows = session.wait(progress.is_shown)
            while flows is None:
                progress.look()
                flows = session.wait(True)
        for plugin in self.udps:
            plugin.cleanup()
        return flows

    def _anonymize(self, options: dict[str, Any], wanted: Any) -> list[str]:
        """Native columns are anonymized natively; returns those that plugins in Python give."""
        native, later = anonymizer.split(self, options, wanted)
        options["anonymize"] = ",".join(native) or None
        return later
