#!/usr/bin/env python3
"""What collectors of others read of our IPFIX, against the CSV of the same flows.

    ipfix_test.py --exporter BIN --dictionaries DIR [--judge NAME]...
    ipfix_test.py --ipfix FILE --csv FILE [--split] --dictionaries DIR [--judge NAME]...

The first form makes synthetic flows in several profiles and units. The second takes any IPFIX file (RFC 5655) with
the CSV of the same flows, both metered with `accounting_mode: 1`, so that bytes are those of octetDeltaCount; with
`statistical_analysis` TCP flags are compared as well. Names are compared where the profile has them.

Exit status: 0 all hold, 1 not, 77 when no judge could run.
"""
import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from ipfix.judges import JUDGES, Export, Missing

# Settings of ipfix_exporter: enumerators by number.
EXPORTS = {
    "full": {"profile": 2},
    "extended": {"profile": 1},
    "basic": {"profile": 0},
    "split": {"profile": 2, "biflow": 1},
    "microseconds": {"profile": 1, "unit": 1},
    "nanoseconds, split": {"profile": 1, "unit": 2, "biflow": 1},
    "IANA": {"profile": 2, "vocabulary": 1},
    "CESNET": {"profile": 2, "vocabulary": 2},
    "ntop": {"profile": 1, "vocabulary": 3},
    "large messages": {"profile": 2, "message_size": 8000},
    "extension": {"profile": 1, "extension": 1, "message_size": 8000},
}


def judge(export, name, label):
    """Returns the number of findings, or None when the judge is missing."""
    try:
        found = JUDGES[name](export)
    except Missing as missing:
        print(f"skipped: {name}: no {missing}")
        return None
    for what in found:
        print(f"not so ({label}): {what}")
    return len(found)


def exports(arguments, scratch):
    dictionaries = Path(arguments.dictionaries)
    if arguments.ipfix:
        yield "given", Export(arguments.ipfix, arguments.csv, scratch, arguments.split, dictionaries)
        return
    for label, settings in EXPORTS.items():
        words = [f"{key}={value}" for key, value in settings.items()]
        subprocess.run([arguments.exporter, scratch, *words], check=True, timeout=120)
        split = settings.get("biflow") == 1
        yield label, Export(Path(scratch) / "flows.ipfix", Path(scratch) / "flows.csv", scratch, split, dictionaries)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--exporter")
    parser.add_argument("--ipfix")
    parser.add_argument("--csv")
    parser.add_argument("--split", action="store_true")
    parser.add_argument("--dictionaries", required=True)
    parser.add_argument("--judge", action="append", choices=sorted(JUDGES))
    arguments = parser.parse_args()
    if bool(arguments.exporter) == bool(arguments.ipfix and arguments.csv):
        parser.error("either --exporter, or --ipfix and --csv")
    results = []
    with tempfile.TemporaryDirectory() as scratch:
        for label, export in exports(arguments, scratch):
            results += [judge(export, name, label) for name in arguments.judge or JUDGES]
    ran = [result for result in results if result is not None]
    if not ran:
        return 77
    return 1 if sum(ran) else 0


if __name__ == "__main__":
    sys.exit(main())
