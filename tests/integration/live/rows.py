"""Rows of flows, compared as multisets."""
import collections
import csv
import re

from live.outcome import Failure, LatePackets

# Not of the packets but of the run: who wrote the row, when, and why then.
OF_THE_RUN = re.compile(r"id|flow_uid|end_reason|.*_(seen|duration|piat)_(ms|us|ns)|.*_piat_.*")
# nDPI's caches make these depend on what came before: for information.
DISSECTION = re.compile(r"application_.*|requested_server_name|.*_fingerprint|user_agent|"
                        r"content_type|alpn|tls_version|ja4|risks")
KEY = ("src_ip", "src_port", "dst_ip", "dst_port", "protocol", "vlan_id", "tunnel_id")


class Rows:
    """The rows of one output as multisets."""

    def __init__(self, text):
        self.rows = list(csv.DictReader(text.splitlines()))
        self.plain = collections.Counter()
        self.dissected = collections.Counter()
        for row in self.rows:
            kept = [(k, v) for k, v in row.items() if not OF_THE_RUN.fullmatch(k)]
            self.plain[tuple(i for i in kept if not DISSECTION.fullmatch(i[0]))] += 1
            self.dissected[tuple(kept)] += 1

    def __len__(self):
        return len(self.rows)

    def total(self, column):
        return sum(int(row[column]) for row in self.rows)

    def plus(self, other):
        both = Rows("")
        both.rows = self.rows + other.rows
        both.plain = self.plain + other.plain
        both.dissected = self.dissected + other.dissected
        return both

    def share_dissected_as(self, other):
        both = sum((self.dissected & other.dissected).values())
        return both, max(len(self), len(other))


def expect_rows(wanted, found, summary, wanted_reasons=None):
    """The same rows, and if given the same reasons for what is in none."""
    problems = difference(wanted, found)
    if wanted_reasons is not None:
        reasons = without_waiting(summary["packets_rejected"])
        if reasons != without_waiting(wanted_reasons):
            problems += f"\npackets_rejected {without_waiting(wanted_reasons)} wanted, " \
                        f"{reasons} found"
    if problems:
        late = summary["late_packets"]
        raise (LatePackets if late else Failure)(f"{problems}\n({late} late packets)")


def describe(row):
    return "{0[src_ip]}:{0[src_port]} > {0[dst_ip]}:{0[dst_port]} protocol {0[protocol]} " \
           "vlan {0[vlan_id]} tunnel {0[tunnel_id]}".format(row)


def difference(wanted, found, limit=6):
    """A text on two multisets of rows, empty when they are equal."""
    missing = [dict(row) for row in (wanted.plain - found.plain).elements()]
    extra = [dict(row) for row in (found.plain - wanted.plain).elements()]
    if not missing and not extra:
        return ""
    lines = [f"{len(wanted)} rows wanted, {len(found)} found; {len(missing)} missing, "
             f"{len(extra)} not wanted:"]
    for row in missing[:limit]:
        key = [row[name] for name in KEY]
        same = next((other for other in extra if [other[name] for name in KEY] == key), None)
        if same is None:
            lines.append(f"  missing  {describe(row)}: {row['src2dst_packets']} + "
                         f"{row['dst2src_packets']} packets, {row['bidirectional_bytes']} bytes")
            continue
        extra.remove(same)
        columns = [f"{name} {row[name]} wanted, {same[name]} found"
                   for name in row if row[name] != same[name]]
        lines.append(f"  differs  {describe(row)}: " + "; ".join(columns[:5]))
    for row in extra[:limit]:
        lines.append(f"  too many {describe(row)}: {row['src2dst_packets']} + "
                     f"{row['dst2src_packets']} packets, {row['bidirectional_bytes']} bytes")
    return "\n".join(lines)


def without_waiting(rejected):
    """Reasons with those two as one that only tell when a datagram was given up."""
    counts = collections.Counter(rejected)
    given_up = counts.pop("fragment_timeout", 0) + counts.pop("fragment_end_of_input", 0)
    if given_up:
        counts["fragment_timeout or fragment_end_of_input"] = given_up
    return dict(counts)
