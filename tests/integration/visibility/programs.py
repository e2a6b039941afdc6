"""Clients, servers and odd processes in the namespaces of a town."""
import dataclasses
import os
import shutil
import subprocess
import tempfile

from live.outcome import Failure, expect
from live.processes import end, start
from visibility.truth import read_truths

READY_SECONDS = 20
# Of files that are started once for each connection. Names of more than fifteen bytes are cut by
# the kernel; one of them is cut to what another is called.
PROGRAM_NAMES = ("fetch", "fetch-2", "a-name-of-15-byt", "a-name-of-15-byt-and-many-more",
                 "a-name-of-15-by", "x.y_z", "poll-and-push-metrics")


@dataclasses.dataclass(frozen=True)
class Programs:
    """Paths of what is built beside the sensor."""

    client: str
    server: str
    oddity: str
    population: str


class Running:
    """A program that says `ready`, or one that ends by itself."""

    def __init__(self, town, name, command, before=()):
        """`before`: words before the program, as of setpriv."""
        self.command = command
        self.process = start([*town.entering(name), *before, *command], stdout=subprocess.PIPE,
                             text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    @property
    def pid(self):
        """nsenter executes the program in its own place."""
        return self.process.pid

    @property
    def name(self):
        return os.path.basename(self.command[0])

    def wait_ready(self):
        line = self.process.stdout.readline()
        expect(line.strip() == "ready", f"{' '.join(self.command)} says {line!r}")
        return self

    def wait_done(self, seconds):
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"not done within {seconds} s: {' '.join(self.command)}") from None
        expect(status == 0, f"status {status} of {' '.join(self.command)}")

    def end(self):
        end(self.process)
        self.process.stdout.close()


def server(town, name, program, **ends):
    """ends: listen, closing, udp: lists; reuse_port."""
    words = []
    for option, values in ends.items():
        for value in values if isinstance(values, list) else [values]:
            words += [f"--{option.replace('_', '-')}", str(value)]
    return Running(town, name, [program, *words]).wait_ready()


class Truths:
    """A file for the truths of many programs."""

    def __init__(self, folder):
        handle, self.path = tempfile.mkstemp(dir=folder, prefix="truth-")
        os.close(handle)

    def read(self, **wanted):
        return [truth for truth in read_truths(self.path)
                if all(getattr(truth, name) == value for name, value in wanted.items())]


def client(town, name, program, mode, truths, before=(), **options):
    words = [program, mode, "--truth", truths.path]
    for option, values in options.items():
        for value in values if isinstance(values, list) else [values]:
            words += [f"--{option.replace('_', '-')}", str(value)]
    return Running(town, name, words, before)


def renamed(folder, program, *names):
    """A new folder with copies of a program, and links to it by turns."""
    made = tempfile.mkdtemp(dir=folder, prefix="programs-")
    for number, name in enumerate(names):
        path = os.path.join(made, name)
        if number % 2:
            os.symlink(program, path)
        else:
            shutil.copy(program, path)
    return made
