#!/usr/bin/env python3
"""Compares alpn, tls_version and risks, flow by flow, with nDPI's own reader, which it runs.

    reader_flows.py --ndpi-flows BIN --protocols FILE CAPTURES...

Each folder of CAPTURES is read by ndpiReader (Debian: libndpi-bin) into a folder of results, which BIN compares.
Exit status: 0 equal, 1 different, 77 without ndpiReader or without captures.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile


def read(capture, protocols, results):
    """Results of captures that the reader cannot open are left out."""
    command = ["ndpiReader", "-p", str(protocols), "-q", "-t", "-v", "2", "-i", str(capture), "-w",
               str(results / f"{capture.name}.out")]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120, check=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ndpi-flows", required=True)
    parser.add_argument("--protocols", required=True, type=pathlib.Path)
    parser.add_argument("captures", nargs="+", type=pathlib.Path)
    args = parser.parse_args()
    folders = [folder for folder in args.captures if folder.is_dir()]
    if not shutil.which("ndpiReader") or not args.protocols.exists():
        print("skipped: no ndpiReader; apt-get install libndpi-bin")
        return 77
    if not folders:
        print(f"skipped: no {' '.join(map(str, args.captures))}; set FLOWGAUGE_SHARED")
        return 77
    worst = 0
    for folder in folders:
        with tempfile.TemporaryDirectory() as results:
            for capture in sorted(path for path in folder.iterdir() if path.is_file()):
                read(capture, args.protocols, pathlib.Path(results))
            run = subprocess.run([args.ndpi_flows, str(folder), results, str(args.protocols)], timeout=600,
                                 check=False)
            worst = max(worst, abs(run.returncode))
    return worst


if __name__ == "__main__":
    sys.exit(main())
