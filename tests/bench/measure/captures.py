"""The captures of the benchmarks, made once and kept in a working folder, and their makers."""
import os
import pathlib
import shutil
import struct

from measure.children import Failed, run
from measure.machine import ROOT, need_disk

FILE_HEADER_BYTES = 24  # of a classic capture file
RECORD_HEADER_BYTES = 16
FLOW_FRAME_BYTES = 94  # each frame of `mkcapture flows ... tcp`


def shared_folder():
    return pathlib.Path(os.environ.get("FLOWGAUGE_SHARED") or ROOT.parent / "shared").resolve()


def build_tool(work, name, program):
    """Path of `program`, made from a copy of SHARED/tools/NAME, again when that has changed."""
    source = shared_folder() / "tools" / name
    if not source.is_dir():
        raise Failed(f"{source}: not there; FLOWGAUGE_SHARED names the folder above tools/")
    target = pathlib.Path(work) / "tools" / name
    if target.is_dir():
        for file in source.iterdir():
            copy = target / file.name
            if not copy.exists() or copy.read_bytes() != file.read_bytes():
                shutil.rmtree(target)
                break
    if not target.is_dir():
        shutil.copytree(source, target)
        run(["chmod", "-R", "u+w", target])
    run(["make", "-s", "-C", target], timeout=300)
    return target / program


class Captures:
    """Makes captures in `work` and says how many packets they hold."""

    def __init__(self, work):
        self.work = pathlib.Path(work)
        self.work.mkdir(parents=True, exist_ok=True)
        self.program = build_tool(self.work, "mkcapture", "mkcapture")

    def _made(self, path, bytes_about, *words):
        if not path.exists():
            need_disk(self.work, bytes_about + (1 << 30))
            begun = path.with_suffix(".part")
            run([self.program, words[0], begun, *words[1:]], timeout=900)
            begun.rename(path)
        return path

    def mixed(self, repetitions=15):
        """Each small capture of SHARED/pcaps, many times over."""
        files = sorted((shared_folder() / "pcaps").glob("*"))
        if not files:
            raise Failed(f"{shared_folder()}/pcaps: no captures")
        return self._made(self.work / f"mix-{repetitions}.pcap", 500_000_000,
                          "mix", repetitions, *files)

    def flows(self, count, packets):
        """`count` TCP flows that live side by side, of `packets` packets each."""
        size = count * packets * (RECORD_HEADER_BYTES + FLOW_FRAME_BYTES)
        path = self._made(self.work / f"flows-{count}-{packets}.pcap", size,
                          "flows", count, packets, "tcp")
        if path.stat().st_size != FILE_HEADER_BYTES + size:
            raise Failed(f"{path}: {path.stat().st_size} bytes, not {FILE_HEADER_BYTES + size}")
        return path

    def beginning(self, path, packets):
        """The first packets of a capture of flows()."""
        start = self.work / f"{path.stem}-first-{packets}.pcap"
        with open(path, "rb") as whole, open(start, "wb") as part:
            part.write(whole.read(FILE_HEADER_BYTES
                                  + packets * (RECORD_HEADER_BYTES + FLOW_FRAME_BYTES)))
        return start


def packets_in(path):
    """Records of a classic little-endian capture file."""
    count, offset, size = 0, FILE_HEADER_BYTES, path.stat().st_size
    with open(path, "rb") as file:
        data = file.read()
    while offset + RECORD_HEADER_BYTES <= size:
        offset += RECORD_HEADER_BYTES + struct.unpack_from("<I", data, offset + 8)[0]
        count += 1
    return count
