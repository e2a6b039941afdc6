"""CSV of flows that plugins in Python have a part in, as the native core writes it of others."""

from __future__ import annotations

from typing import Any

from .anonymizer import Anonymizer


def _text(value: Any, quote: str) -> str:
    if value is None:
        return ""
    if isinstance(value, (int, float)):
        return repr(value)
    return '"' + str(value).replace('"', quote) + '"'


def _path(files: dict[str, Any], number: int) -> str:
    path, per_file = files["csv_path"], files["flows_per_file"]
    if not per_file:
        return path
    if files["rotate_files"]:
        number %= files["rotate_files"]
    return f"{path[:-3]}{number}.csv" if path.endswith("csv") else f"{path}.{number}"


def write_flows(session: Any, files: dict[str, Any], to_anonymize: list[str]) -> int:
    """Each file has the columns of its first flow; what others have beyond is left out and told."""
    quote = '""' if files["csv_dialect"] == "rfc4180" else '\\"'
    hide = Anonymizer()
    out = None
    keys: list[str] = []
    count = number = 0
    told = False
    try:
        for flow in session:
            if out is None or (files["flows_per_file"] and count % files["flows_per_file"] == 0):
                if out is not None:
                    out.close()
                out = open(_path(files, number), "w", encoding="utf-8", newline="", errors="replace")
                number += 1
                keys = flow.keys()
                out.write(",".join(keys) + "\n")
            names, values = flow.keys(), flow.values()
            if names != keys:
                row = dict(zip(names, values))
                if not told and not row.keys() <= set(keys):
                    told = True
                    print(f"WARNING: columns that the first flow does not have are left out: "
                          f"{', '.join(name for name in names if name not in keys)}")
                values = [row.get(key) for key in keys]
            if to_anonymize:
                values = [hide(v) if k in to_anonymize else v for k, v in zip(keys, values)]
            out.write(",".join([_text(value, quote) for value in values]) + "\n")
            count += 1
    finally:
        if out is not None:
            out.close()
        session.close()
    return count
