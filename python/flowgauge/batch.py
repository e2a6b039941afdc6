"""Columns of flows, and how they become a DataFrame."""

from __future__ import annotations

from typing import Any, Iterable, Iterator, Sequence

_NUMBERS = {"Q": "int64", "q": "int64", "d": "float64"}


class Batch:
    """Some thousands of flows by columns, in memory that Arrow and numpy read as it is.

    A sequence of NFlow objects. ``pyarrow.record_batch(batch)``, ``polars.from_arrow(batch)`` and other
    libraries that know Arrow's PyCapsule interface take it without a copy.
    """

    __slots__ = ("_parts",)

    def __init__(self, parts: Sequence[Any]) -> None:
        self._parts = parts

    @property
    def names(self) -> tuple[str, ...]:
        return self._parts[0].names

    def __len__(self) -> int:
        return len(self._parts[0])

    def __iter__(self) -> Iterator[Any]:
        return iter(self._parts[0])

    def __getitem__(self, row: int) -> Any:
        if row < 0:
            row += len(self)
        return self._parts[0][row]

    def column(self, name: str) -> Any:
        """The values of one column: a numpy array of numbers, or a list."""
        part = self._parts[0]
        place = self.names.index(name)
        if part.kinds[place] in _NUMBERS:
            return _numbers(self._parts, place)
        return part.values(place)

    def to_pandas(self) -> Any:
        return frame(self._parts, lists_as_text=False, empty_is_missing=False)

    def __arrow_c_schema__(self) -> Any:
        return self._parts[0].__arrow_c_schema__()

    def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
        return self._parts[0].__arrow_c_array__(requested_schema)


def _numbers(parts: Sequence[Any], place: int) -> Any:
    import numpy

    kind = parts[0].kinds[place]
    rows = sum(len(part) for part in parts)
    values = numpy.empty(rows, dtype=_NUMBERS[kind])
    row = notes = 0
    for part in parts:
        notes |= part._fill(place, values, row, False)
        row += len(part)
    if notes & 1:
        present = numpy.frombuffer(b"".join(part._presence(place) for part in parts), dtype="bool")
        return numpy.where(present, values.astype("float64"), numpy.nan)
    return values.view("uint64") if notes & 2 else values


def _objects(parts: Sequence[Any], place: int, lists_as_text: bool) -> Any:
    import numpy

    values = numpy.empty(sum(len(part) for part in parts), dtype=object)
    row = 0
    for part in parts:
        part._fill(place, values, row, lists_as_text)
        row += len(part)
    return values


def _texts(parts: Sequence[Any], place: int, empty_is_missing: bool, tables: Any) -> Any:
    """A Series of texts as pandas.read_csv makes them of NFStream's CSV."""
    import numpy
    import pandas

    if empty_is_missing and not any(part._has_texts(place) for part in parts):
        return numpy.full(sum(len(part) for part in parts), numpy.nan)
    if tables is not None:
        return _texts_of_arrow(tables, place, empty_is_missing)
    values = _objects(parts, place, True)
    if empty_is_missing:
        values[(values == "") | (values == None)] = numpy.nan  # noqa: E711: element by element
    return pandas.Series(values, dtype="str") if _text_is_a_type() else values


def _arrow_tables(parts: Sequence[Any]) -> Any:
    """The batches for pyarrow, where pandas keeps its texts with that; else None."""
    if not _text_is_a_type():
        return None
    try:
        import pandas
        import pyarrow

        if pandas.StringDtype(na_value=float("nan")).storage != "pyarrow":
            return None
        return [pyarrow.record_batch(part) for part in parts]
    except ImportError:
        return None


def _texts_of_arrow(tables: Sequence[Any], place: int, empty_is_missing: bool) -> Any:
    """Without an object for each text."""
    import pandas
    import pyarrow
    import pyarrow.compute

    texts = pyarrow.chunked_array([table.column(place) for table in tables]).cast(pyarrow.large_string())
    if empty_is_missing:
        texts = pyarrow.compute.if_else(pyarrow.compute.equal(texts, ""), None, texts)
    return pandas.Series(pandas.StringDtype(na_value=float("nan")).__from_arrow__(texts))


def _text_is_a_type() -> bool:
    """Since pandas 3 texts have a type of their own."""
    import pandas

    return int(pandas.__version__.split(".", maxsplit=1)[0]) >= 3


def frame(parts: Sequence[Any], lists_as_text: bool, empty_is_missing: bool, udps: bool = True) -> Any:
    """The batches `parts` as one DataFrame. Requires: at least one."""
    import pandas

    columns: dict[str, Any] = {}
    tables = _arrow_tables(parts)
    for place, (name, kind) in enumerate(zip(parts[0].names, parts[0].kinds)):
        if kind in _NUMBERS:
            columns[name] = _numbers(parts, place)
        elif kind == "U":
            columns[name] = _texts(parts, place, empty_is_missing, tables)
        elif lists_as_text:
            values = _objects(parts, place, True)
            columns[name] = pandas.Series(values, dtype="str") if _text_is_a_type() else values
        else:
            columns[name] = _objects(parts, place, False)
    changes = _apply_changes(parts, columns) if udps else {}
    columns.update(changes)
    return pandas.DataFrame(columns, copy=False)


def _apply_changes(parts: Sequence[Any], columns: dict[str, Any]) -> dict[str, Any]:
    """What plugins in Python assigned: udps that are no column yet, and values of others."""
    if all(part._flows is None for part in parts):
        return {}
    found: dict[str, list[Any]] = {}
    changed: dict[str, dict[int, Any]] = {}
    row = 0
    total = sum(len(part) for part in parts)
    for part in parts:
        for flow in part._flows or part._make_flows():
            for name, value in flow._assigned().items():
                changed.setdefault(name, {})[row] = value
            for name, value in vars(flow.udps).items():
                key = f"udps.{name}"
                if key not in found:
                    found[key] = [None] * total
                found[key][row] = value
            row += 1
    for name, values in changed.items():
        column = list(columns[name])
        for at, value in values.items():
            column[at] = value
        columns[name] = column
    return {name: _as_read(values) for name, values in found.items()}


def _as_read(values: Iterable[Any]) -> Any:
    """Values of one name as pandas.read_csv would have read them."""
    import pandas

    values = [None if value is None or (isinstance(value, str) and value == "") else value for value in values]
    if all(isinstance(value, (int, float)) or value is None for value in values):
        if all(isinstance(value, bool) for value in values):
            return values
        return pandas.to_numeric(pandas.Series(values, dtype="object"))
    texts = [None if value is None else (value if isinstance(value, str) else str(value)) for value in values]
    return pandas.Series(texts, dtype="str" if _text_is_a_type() else "object")
