"""The same few ports, now of one process, now of another: never a wrong one."""
import contextlib

from live.outcome import expect
from visibility.programs import Truths, client, renamed, server
from visibility.sensor import Watch, options
from visibility.town import WORLD
from visibility.truth import Records, score

NAMES = ("port-taker", "port-sharer")
LISTENING, CLOSING = (7001, 7002), (7003, 7004)
LOCAL_PORTS = "5000-5007"
SECONDS_MAX = 300


def reused_ports(settings, town, programs, count, events):
    """Lifetimes from nothing to some polls, so that a look finds some of the connections."""
    truths = Truths(settings.folder)
    folder = renamed(settings.folder, programs.client, *NAMES)
    with Watch(settings, town, options(events, poll_ms=20)) as watch, \
            contextlib.ExitStack() as stack:
        told = watch.events_in_force()
        stack.enter_context(server(
            town, town.world, programs.server,
            listen=[f"{WORLD}:{port}" for port in LISTENING],
            closing=[f"{WORLD}:{port}" for port in CLOSING]))
        running = []
        for ports, ending in ((LISTENING, "reset"), (CLOSING, "peer")):
            for name in NAMES:
                running.append(stack.enter_context(client(
                    town, town.host, f"{folder}/{name}", "ports", truths, kind=ending, end=ending,
                    to=[f"{WORLD}:{port}" for port in ports], bind=LOCAL_PORTS,
                    lifetime_us=4000, count=count // 4)))
        for one in running:
            one.wait_done(SECONDS_MAX)
        rows = watch.finish()
    found = score(Records(rows), truths.read())
    print(f"-- reused ports, events {told}: {found}", flush=True)
    found.expect(f"reused ports, events {told}", 0.0)  # to say nothing is allowed
    if events != "off":  # looks alone find those of a few milliseconds by chance
        expect(found.right > 0, f"no connection has a process: {found}")
    return f"{found.total} connections, {found.none} without a process, events {told}"
