"""Whose the connections were, and whose the records say they were."""
import bisect
import collections
import dataclasses
import json

from live.outcome import expect

COMM_BYTES_MAX = 15
PROTOCOLS = {"tcp": "6", "udp": "17"}
# Of one clock of the kernel, read on two CPUs.
SLACK_NS = 1000


@dataclasses.dataclass(frozen=True)
class Truth:
    """One connection or exchange, of the process that began it."""

    kind: str
    lifetime_us: int
    local_port: int
    remote_port: int
    pid: int
    name: str
    file: str  # that was executed, which the first argument need not be
    start: int  # in nanoseconds: between this moment
    begun: int  # and this one the first packet was sent


def read_truths(path):
    with open(path, encoding="ascii") as file:
        return [Truth(**json.loads(line)) for line in file]


@dataclasses.dataclass
class Score:
    """Of the connections of one cell."""

    right: int = 0
    cut_names: int = 0  # not right: the kernel's fifteen bytes instead of the whole name
    file_names: int = 0  # of `right`: the file's whole name, where the first argument is another
    none: int = 0
    wrong_pids: list = dataclasses.field(default_factory=list)
    wrong_names: list = dataclasses.field(default_factory=list)
    no_record: list = dataclasses.field(default_factory=list)
    uncertain: int = 0  # a record is of several connections, by its times or because it is
    matches: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    reasons: collections.Counter = dataclasses.field(default_factory=collections.Counter)

    @property
    def total(self):
        return (self.right + self.cut_names + self.none + len(self.wrong_pids) +
                len(self.wrong_names))

    @property
    def share(self):
        return self.right / self.total if self.total else 0.0

    def judge(self, row, pid, name, file=""):
        """pid: that of the process, or several of which any will do."""
        pids = (pid,) if isinstance(pid, int) else pid
        found = int(row["system_process_pid"])
        found_name = row["system_process_name"]
        self.matches[row["system_match"]] += 1
        self.reasons[row["system_reason"]] += 1
        if found == -1:
            self.none += 1
        elif found not in pids:
            self.wrong_pids.append(f"{describe(row)}, not {pids} {name}")
        elif found_name == name:
            self.right += 1
        elif len(name) > COMM_BYTES_MAX and found_name == name[:COMM_BYTES_MAX]:
            self.cut_names += 1
        elif len(name) == COMM_BYTES_MAX and found_name == file and file.startswith(name):
            self.right += 1
            self.file_names += 1
        else:
            self.wrong_names.append(f"{describe(row)}, not {name}")

    def __str__(self):
        def words(counter):
            return " ".join(f"{name} {count}" for name, count in counter.most_common())
        return (f"{self.right} of {self.total} right ({100 * self.share:.2f} %), {self.none} none, "
                f"{len(self.wrong_pids)} wrong pids, {len(self.wrong_names)} wrong names, "
                f"{self.cut_names} names cut, {self.file_names} names of files, "
                f"{len(self.no_record)} without record, "
                f"{self.uncertain} uncertain; match: {words(self.matches)}; "
                f"reason: {words(self.reasons)}")

    def expect(self, what, share):
        """At least `share` right, none wrong, and a record of each."""
        expect(self.total > 0, f"{what}: no connection was judged")
        expect(not self.wrong_pids, f"{what}: wrong pids: {self.wrong_pids[:5]} in {self}")
        expect(not self.wrong_names, f"{what}: wrong names: {self.wrong_names[:5]} in {self}")
        expect(not self.no_record, f"{what}: no record of {self.no_record[:5]} in {self}")
        expect(self.uncertain <= 3 + 0.01 * self.total, f"{what}: too many are uncertain: {self}")
        expect(self.share >= share, f"{what}: less than {100 * share} % right: {self}")


def describe(row):
    return (f"{row['src_ip']}:{row['src_port']} > {row['dst_ip']}:{row['dst_port']} is said to be "
            f"of {row['system_process_pid']} {row['system_process_name']} "
            f"({row['system_match']}, {row['system_reason']})")


class Records:
    """The rows of one run, found by ports and time."""

    def __init__(self, rows):
        self.found = collections.defaultdict(list)
        for row in rows:
            key = (row["protocol"], int(row["src_port"]), int(row["dst_port"]))
            self.found[key].append((int(row["bidirectional_first_seen_ns"]), id(row), row))
        for times in self.found.values():
            times.sort()

    def of(self, truth, protocol="tcp"):
        """Rows that begin when the connection did."""
        times = self.found.get((PROTOCOLS[protocol], truth.local_port, truth.remote_port), [])
        first = bisect.bisect_left(times, (truth.start - SLACK_NS,))
        last = bisect.bisect_right(times, (truth.begun + SLACK_NS,))
        return [row for _, _, row in times[first:last]]

    def covers(self, truth, protocol):
        """Whether a record that began earlier goes on: UDP on a port that was used before."""
        times = self.found.get((PROTOCOLS[protocol], truth.local_port, truth.remote_port), [])
        return any(first < truth.start and int(row["bidirectional_last_seen_ns"]) >= truth.start
                   for first, _, row in times)


def score(records, truths, protocol="tcp", owner=None):
    """owner: (pid or pids, name) where it is not the process that began, but one that answered."""
    result = Score()
    holders = collections.Counter()
    rows_of = {}
    for truth in truths:
        rows_of[truth] = records.of(truth, protocol)
        holders.update(id(row) for row in rows_of[truth])
    for truth in truths:
        rows = rows_of[truth]
        if not rows and protocol == "udp" and records.covers(truth, protocol):
            result.uncertain += 1
        elif not rows:
            result.no_record.append(truth)
        elif any(holders[id(row)] > 1 for row in rows):
            result.uncertain += 1
        else:
            for row in rows:
                result.judge(row, *(owner or (truth.pid, truth.name, truth.file)))
    return result
