"""From a capture to a DataFrame in one call."""

from __future__ import annotations

from typing import Any, Iterator

from .batch import Batch, frame
from .progress import Progress
from .session import open_session
from .streamer import NFStreamer

_TUNNELS = {True: "nfstream", False: "none", "nfstream": "nfstream", "none": "none", "all": "all"}


def _streamer(path: Any, options: dict[str, Any]) -> tuple[NFStreamer, dict[str, Any]]:
    """NFStreamer's parameters; defaults are the sensor's: fragments reassembled, all columns."""
    chosen = {"fragments": "reassemble", "columns": "all", **options}
    tunnels = chosen.pop("decode_tunnels", True)
    if tunnels not in _TUNNELS:
        raise ValueError("Please specify a valid decode_tunnels parameter (possible values: True, False, 'all').")
    if not isinstance(path, list):
        path = [path]
    streamer = NFStreamer(source=path, **chosen)
    native = streamer._options()
    native["decode_tunnels"] = _TUNNELS[tunnels]
    return streamer, native


def read(path: Any, **options: Any) -> Any:
    """The flows of a capture file, or of a list of them, as a DataFrame.

    Takes NFStreamer's parameters; `decode_tunnels` may be "all". Fragments are reassembled, lists stay lists,
    texts that are empty stay texts, and the columns that NFStream does not have come last.
    """
    streamer, native = _streamer(path, options)
    session = open_session(native, streamer.udps)
    with Progress(session, streamer.progress):
        parts = list(session.batches())
        names = session.names
    if not parts:
        import pandas

        return pandas.DataFrame(columns=list(names))
    return frame(parts, lists_as_text=False, empty_is_missing=False)


def read_batches(path: Any, **options: Any) -> Iterator[Batch]:
    """As read(), by columns, some thousands of flows at a time; for Arrow."""
    streamer, native = _streamer(path, options)
    session = open_session(native, streamer.udps)
    try:
        for batch in session.batches():
            yield Batch([batch])
    finally:
        session.close()
