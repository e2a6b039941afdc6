"""More flows than a sensor may keep: each must give way in time, and no packet may get lost."""
import collections
import json

from measure.children import Failed, run_timed

SECONDS_MAX = 600
COLUMNS = "bidirectional_packets,end_reason"
# Growth of memory from a flood to one five times as long: what allocators do, not what flows take.
GROWTH_MAX = 1.10
GROWTH_BYTES = 8 << 20


def count_rows(stream, rows):
    """Rows of COLUMNS in `stream`, without the heading, by their text; takes them as they come."""
    heading = stream.readline().decode().strip()
    if heading != COLUMNS:
        raise Failed(f"heading `{heading}`, not `{COLUMNS}`")
    rows.update(stream)


def numbers_of(rows):
    """Rows, packets in them, and rows for each end_reason."""
    packets, reasons = 0, collections.Counter()
    for line, count in rows.items():
        of_row, reason = line.decode().strip().split(",")
        packets += int(of_row) * count
        reasons[reason.strip('"')] += count
    return rows.total(), packets, reasons


def expect(holds, text, summary):
    if not holds:
        raise Failed(f"{text}: {json.dumps(summary)}")


def check(rows, summary, flows, packets_of_flow, limit):
    """Each packet of a flow finds that its flow has been evicted, so each is a row."""
    sent = flows * packets_of_flow
    count, packets, reasons = numbers_of(rows)
    alive = count - reasons["evicted"]
    expect(summary["packets_read"] == sent, f"{sent} packets in the capture", summary)
    expect(packets == sent, f"{packets} packets in the rows, {sent} read", summary)
    expect(count == sent, f"{count} rows, {sent} expected", summary)
    expect(alive <= limit, f"{alive} rows not evicted: more flows than {limit} at the end", summary)
    expect(set(reasons) <= {"evicted", "idle", "end_of_input"}, f"end reasons {reasons}", summary)
    expect(summary["flows"] == count and summary["flows_created"] == count,
           f"{count} rows", summary)
    expect(summary["flows_expired"] == reasons, f"rows ended {dict(reasons)}", summary)
    expect(summary["packets_in_flows"] == packets and not summary["packets_rejected"],
           f"{packets} packets in the rows", summary)
    expect(summary["records_dropped"] == summary["flows_discarded"] == 0, "records lost", summary)
    return alive


def flood(program, capture, flows, packets_of_flow, limit, workers, folder):
    """Runs `flowgauge read` over a flood and checks its rows. Returns Cost and flows at the end."""
    summary_path = folder / "summary.json"
    summary_path.unlink(missing_ok=True)
    rows = collections.Counter()
    cost = run_timed([program, "read", capture, "--workers", workers, "--max-flows", limit,
                      "--n-dissections", "0", "--columns", COLUMNS, "--format", "csv",
                      "--output", "-", "--summary", summary_path], SECONDS_MAX, folder / "messages",
                     reader=lambda stream: count_rows(stream, rows))
    with open(summary_path, encoding="utf-8") as file:
        summary = json.load(file)
    return cost, check(rows, summary, flows, packets_of_flow, limit)


def flood_and_growth(program, captures, flows, packets_of_flow, limit, workers, judge_memory=True):
    """A flood, and one of a fifth at the same limit, which must take as much memory."""
    costs = []
    for count in (flows // 5, flows):
        cost, alive = flood(program, captures.flows(count, packets_of_flow), count, packets_of_flow,
                            limit, workers, captures.work)
        costs.append(cost)
    small, large = (cost.peak_bytes for cost in costs)
    if judge_memory and large > small * GROWTH_MAX + GROWTH_BYTES:
        raise Failed(f"{large / 1e6:.1f} MB for {flows} flows, {small / 1e6:.1f} MB for "
                     f"{flows // 5}: memory grows although {limit} flows are the limit")
    return costs, alive
