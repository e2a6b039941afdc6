"""Programs in turn, round after round, so that what else the machine does is the same for all."""
import json
import statistics
import sys

from measure.children import Failed


def in_rounds(programs, rounds, place):
    """Costs of each program by name, and what failed.

    programs: name -> what runs it once and returns its Cost. Every other round goes in the opposite
    order; one round before the first is not counted, it fills the page cache.
    """
    costs, failures = {name: [] for name in programs}, {}
    for number in range(rounds + 1):
        for name in list(programs) if number % 2 else list(reversed(programs)):
            if name in failures:
                continue
            try:
                cost = programs[name]()
            except Failed as error:
                failures[name] = str(error)
                print(f"FAILED {name} on {place}: {error}", file=sys.stderr, flush=True)
                continue
            if number > 0:
                costs[name].append(cost)
    return {name: found for name, found in costs.items() if name not in failures}, failures


def check_books(folder, packets):
    """What `flowgauge read --summary FOLDER/summary.json` says. Every packet is in a flow or
    rejected, and no record was dropped."""
    with open(folder / "summary.json", encoding="utf-8") as file:
        summary = json.load(file)
    accounted = summary["packets_in_flows"] + sum(summary["packets_rejected"].values())
    if not summary["packets_read"] == accounted == packets or summary["records_dropped"]:
        raise Failed(f"{packets} packets in the capture, but {summary}")
    return summary


def cpu(costs):
    return statistics.median(cost.cpu for cost in costs)


def wall(costs):
    return statistics.median(cost.wall for cost in costs)
