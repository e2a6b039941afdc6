"""The files that the sink left, read as the operator's scripts read them."""
import csv
import glob
import os
import re

from live.outcome import expect

NAME = re.compile(r"flows-\d{8}T\d{6}Z-(\d+)\.csv")


class Output:
    """All rows of all files in the order of their sequence numbers."""

    def __init__(self, folder, with_unfinished=False):
        self.files = sorted(glob.glob(os.path.join(folder, "flows-*.csv")), key=sequence)
        unfinished = glob.glob(os.path.join(folder, ".*.part"))
        expect(with_unfinished or not unfinished, f"left unfinished: {unfinished}")
        self.rows = self.packets = 0
        self.uids = set()
        head = None
        for path in [*self.files, *unfinished]:
            head = self.read(path, head)

    def read(self, path, head):
        with open(path, encoding="utf-8", newline="") as file:
            text = file.read()
        expect(text.endswith("\n"), f"{path} does not end with a whole row")
        rows = csv.reader(text.splitlines())
        own_head = next(rows)
        expect(head in (None, own_head), f"{path} has another head than the files before it")
        identity, uid, packets = (own_head.index(name) for name in
                                  ("id", "flow_uid", "bidirectional_packets"))
        count = 0
        for row in rows:
            expect(len(row) == len(own_head), f"{path}: a torn row: {row}")
            expect(int(row[identity]) == self.rows,
                   f"{path}: row {self.rows} of the output has the id {row[identity]}")
            self.rows += 1
            self.packets += int(row[packets])
            expect(row[uid] not in self.uids, f"{path}: twice: flow_uid {row[uid]}")
            self.uids.add(row[uid])
            count += 1
        expect(count, f"{path} has no row")
        return own_head


def sequence(path):
    found = NAME.fullmatch(os.path.basename(path))
    expect(found, f"not the name of a rotated file: {path}")
    return int(found[1])
