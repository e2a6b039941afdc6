"""`flowgauge run --config` in the receiving namespace, as an operator runs it."""
import json
import os
import re
import subprocess
import tempfile
import threading
import time

from live.metrics import scrape
from live.outcome import Failure, expect
from live.processes import end, run, start, wait_for

READY_SECONDS = 60
EXIT_SECONDS = 60


class Messages:
    """Lines of standard error with the moment at which each came."""

    def __init__(self, stream):
        self.lines = []
        self.thread = threading.Thread(target=self.collect, args=(stream,), daemon=True)
        self.thread.start()

    def collect(self, stream):
        for line in stream:
            self.lines.append((time.monotonic(), line.rstrip("\n")))

    def text(self):
        return "\n".join(line for _, line in list(self.lines))

    def mark(self):
        return len(self.lines)

    def since(self, mark, pattern):
        return [line for _, line in self.lines[mark:] if re.search(pattern, line)]


class Service:
    """Its configuration, its messages and what it answers."""

    def __init__(self, settings, bed, configuration, options=(), wait=True, before=(), user=None):
        """`before`: words before the program, as of setpriv. `user`: the name of whose folder."""
        self.settings = settings
        self.bed = bed
        self.folder = tempfile.mkdtemp(dir=settings.folder)
        self.socket = self.path("control.sock")
        for name in ("out", "captures"):
            os.makedirs(self.path(name))
        self.configure(configuration)
        if user is not None:
            run(["chown", "-R", user, self.folder])
        run(["ip", "-n", bed.receiving, "link", "set", "lo", "up"])
        self.process = start(
            [*bed.entering(bed.receiving), *before, settings.flowgauge, "run", "--config",
             self.path("flowgauge.yaml"), "--summary", self.path("summary.json"), *options],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.messages = Messages(self.process.stderr)
        if wait:
            wait_for("flowgauge: ready", READY_SECONDS, self.is_ready)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self.process)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def configure(self, configuration):
        """`configuration` may speak of {folder}. Written beside and renamed, as editors do."""
        with open(self.path("new.yaml"), "w", encoding="utf-8") as file:
            file.write(configuration.replace("{folder}", self.folder))
        os.replace(self.path("new.yaml"), self.path("flowgauge.yaml"))

    def is_ready(self):
        if "flowgauge: ready" in self.messages.text():
            return True
        expect(self.process.poll() is None, f"ended with status {self.process.returncode} before "
               f"it was ready:\n{self.messages.text()}")
        return False

    def expect_message(self, pattern, mark=0, seconds=10):
        """The lines since `mark` that match, of which there is one within `seconds`."""
        try:
            return wait_for(pattern, seconds, lambda: self.messages.since(mark, pattern))
        except Failure as failure:
            raise Failure(f"{failure}; messages since then:\n" +
                          "\n".join(self.messages.since(mark, ""))) from None

    def command(self, *words, check=True):
        return run([self.settings.flowgauge, words[0], "--socket", self.socket, *words[1:]],
                   check=check)

    def metrics(self):
        return scrape(self.bed.receiving)

    def wait_exit(self, status=0, seconds=EXIT_SECONDS):
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"did not end within {seconds} s\n{self.messages.text()}") from None
        self.messages.thread.join(5)
        expect(self.process.returncode == status, f"status {self.process.returncode}, not "
               f"{status}:\n{self.messages.text()}")

    def summary(self):
        with open(self.path("summary.json"), encoding="utf-8") as file:
            return json.load(file)

    def descriptors(self):
        """How many, but for files in our folder, which come and go with rotation."""
        count = 0
        directory = f"/proc/{self.process.pid}/fd"
        for name in os.listdir(directory):
            try:
                count += not os.readlink(os.path.join(directory, name)).startswith(self.folder)
            except FileNotFoundError:
                pass
        return count

    def anonymous_kib(self):
        """Resident memory of its own; rings are the kernel's, and are mapped whole at once."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return int(re.search(r"RssAnon:\s+(\d+) kB", file.read())[1])
