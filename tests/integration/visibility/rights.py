"""What is said where the sensor may not look, and where there is nothing to look at."""
import os

from live.captures import own_capture
from live.outcome import expect
from live.processes import run
from visibility.programs import Truths, client, server
from visibility.sensor import Watch, options
from visibility.town import WORLD
from visibility.truth import Records, score

PORT = 6201
# As the unit without drop-ins, but for the user: the files of this test are root's.
ONLY_NET_RAW = ("setpriv", "--bounding-set", "-all,+net_raw", "--inh-caps", "-all")


def denied(settings, town, programs):
    """Without rights it says whose sockets they are by uid, and once that the rest is denied."""
    truths = Truths(settings.folder)
    with Watch(settings, town, options("auto"), before=ONLY_NET_RAW) as watch:
        told = watch.events_in_force()
        with server(town, town.world, programs.server, listen=f"{WORLD}:{PORT}"):
            with client(town, town.host, programs.client, "same", truths, to=f"{WORLD}:{PORT}",
                        kind="root", count=8, threads=8, lifetime_us=500_000) as one:
                one.wait_done(30)
        denials = watch.metric("denied_total")
        notes = watch.notes()
        status = watch.service.command("status").stdout
        rows = watch.finish()
    found = score(Records(rows), truths.read())
    print(f"-- without rights, events {told}: {found}\n   notes: {notes}", flush=True)
    expect(told == "off", f"events {told} without CAP_PERFMON")
    expect(found.none == found.total and not found.no_record, f"a process without rights: {found}")
    expect(found.matches["uid_only"] == found.total, f"the uid is not known: {found}")
    expect(found.reasons["denied"] == found.total, f"the reason is not told: {found}")
    uids = {row["system_process_uid"] for truth in truths.read() for row in
            Records(rows).of(truth)}
    expect(uids == {"0"}, f"uids {uids}")
    expect(denials > 0, "no denial was counted")
    for word in ("CAP_SYS_PTRACE", "CAP_PERFMON"):
        said = [note for note in notes if word in note]
        expect(len(said) == 1, f"{word} is named {len(said)} times: {notes}")
        expect(word in status, f"`flowgauge status` does not name {word}:\n{status}")
    return f"{found.total} connections by uid"


def half_denied(settings, town, programs, right):
    """One of the two rights alone finds no owner of others, and does no harm."""
    truths = Truths(settings.folder)
    before = ("setpriv", "--bounding-set", f"-all,+net_raw,+{right}", "--inh-caps", "-all")
    with Watch(settings, town, options("off"), before=before) as watch, \
            server(town, town.world, programs.server, listen=f"{WORLD}:{PORT}"):
        with client(town, town.host, programs.client, "same", truths, to=f"{WORLD}:{PORT}",
                    kind=right, count=4, threads=4, lifetime_us=400_000) as one:
            one.wait_done(30)
        rows = watch.finish()
    found = score(Records(rows), truths.read())
    found.expect(right, 0.0)
    return str(found)


def files(settings, _town, _programs):
    """There is nobody to ask about packets of yesterday: forced off, and said."""
    path = own_capture(settings.folder, "exchanges")
    output = os.path.join(settings.folder, "of-files.csv")
    done = run([settings.flowgauge, "read", path, "--system-visibility-mode", "1", "--output",
                output])
    expect("visibility" in done.stderr, f"no warning: {done.stderr}")
    with open(output, encoding="utf-8") as file:
        heading = file.readline()
    expect("system_" not in heading, f"columns of processes from a file: {heading}")
    return done.stderr.strip().splitlines()[0]
