"""What is said where the sensor may not look, and where there is nothing to look at."""
import dataclasses
import os
import pwd
import shutil
import tempfile

from live.captures import own_capture
from live.outcome import expect
from live.processes import run
from visibility.programs import Truths, client, renamed, server
from visibility.sensor import Watch, options
from visibility.town import WORLD, mount_tracing
from visibility.truth import Records, score

PORT = 6201
USER = "nobody"  # as any user that is not root; the unit has one of its own


def as_user(*rights):
    """The words before a program that has these rights and no others."""
    words = ",".join(f"+{right}" for right in rights)
    inherited = ["--inh-caps", words, "--ambient-caps", words] if rights else []
    return ("setpriv", "--reuid", USER, "--regid", "nogroup", "--clear-groups", *inherited,
            "--bounding-set", ",".join(["-all", *(f"+{right}" for right in rights)]))


class Unprivileged:
    """A sensor of USER among processes of root and one of the same user."""

    def __init__(self, settings, town, programs, events, *rights):
        folder = tempfile.mkdtemp(dir=settings.folder, prefix="for-all-")
        os.chmod(folder, 0o755)
        program = shutil.copy(settings.flowgauge, folder)
        self.settings = dataclasses.replace(settings, flowgauge=program)
        self.own_program = renamed(folder, programs.client, "own-client") + "/own-client"
        os.chmod(os.path.dirname(self.own_program), 0o755)
        self.truths = {user: Truths(folder) for user in ("root", USER)}
        os.chmod(self.truths[USER].path, 0o666)
        before = as_user("net_raw", *rights)
        with Watch(self.settings, town, options(events), before=before, user=USER) as watch, \
                server(town, town.world, programs.server, listen=f"{WORLD}:{PORT}"):
            words = {"to": f"{WORLD}:{PORT}", "count": 8, "threads": 8, "lifetime_us": 500_000}
            with client(town, town.host, programs.client, "same", self.truths["root"], **words) \
                    as one, client(town, town.host, self.own_program, "same", self.truths[USER],
                                   before=as_user(), **words) as other:
                one.wait_done(30)
                other.wait_done(30)
            self.told = watch.events_in_force()
            self.denials = watch.metric("denied_total")
            self.status = watch.service.command("status").stdout
            self.records = Records(watch.finish())
            self.messages = watch.service.messages.text().splitlines()

    def expect_by_uid(self, what):
        """Root's sockets are known by uid alone, those of the same user with their process."""
        found = score(self.records, self.truths["root"].read())
        own = score(self.records, self.truths[USER].read())
        print(f"-- {what}, events {self.told}: root's: {found}\n   its own: {own}", flush=True)
        expect(self.denials > 0, f"{what}: no denial was counted")
        expect(found.none == found.total and not found.no_record, f"{what}: {found}")
        expect(found.matches["uid_only"] == found.total, f"{what}: the uid is not known: {found}")
        expect(found.reasons["denied"] == found.total, f"{what}: the reason is not told: {found}")
        own.expect(f"{what}, its own", 1.0)
        for user, truths in self.truths.items():
            uids = {row["system_process_uid"] for truth in truths.read()
                    for row in self.records.of(truth)}
            expect(uids == {str(pwd.getpwnam(user).pw_uid)}, f"{what}: uids of {user}: {uids}")

    def expect_said(self, word):
        """In messages that come once, and in the status."""
        said = [line for line in self.messages if word in line]
        expect(said and len(said) == len(set(said)),
               f"{word} is named in {said} of:\n" + "\n".join(self.messages))
        expect(word in self.status, f"`flowgauge status` does not name {word}:\n{self.status}")


def denied(settings, town, programs):
    """As the unit without drop-ins."""
    one = Unprivileged(settings, town, programs, "auto")
    one.expect_by_uid("without rights")
    expect(one.told == "off", f"events {one.told} without rights")
    one.expect_said("CAP_SYS_PTRACE")
    one.expect_said("no events by perf")
    return "by uid"


def half_denied(settings, town, programs, right):
    """One of the two rights alone finds no owner of others."""
    one = Unprivileged(settings, town, programs, "off", right)
    one.expect_by_uid(f"{right} alone")
    return "by uid"


def granted(settings, town, programs):
    """Both rights are enough to find owners, for who is not root; to be told takes one more."""
    one = Unprivileged(settings, town, programs, "auto", "sys_ptrace", "dac_read_search")
    expect(one.told == "off", f"events {one.told} without CAP_PERFMON")
    if mount_tracing():
        one.expect_said("CAP_PERFMON")
    for user, truths in one.truths.items():
        score(one.records, truths.read()).expect(f"both rights, {user}", 1.0)
    expect(one.denials == 0, f"{one.denials} denials with both rights")
    return "all"


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
