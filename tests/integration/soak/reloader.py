"""Reloads the configuration again and again; every third one is refused, with all its errors."""
import signal
import threading

from live.outcome import Failure, expect
from soak.configuration import invalid, valid

EVERY_SECONDS = 10


class Reloader:
    """A thread of its own; what it finds is in `problems`."""

    def __init__(self, service, scraper, every=EVERY_SECONDS):
        self.service = service
        self.scraper = scraper
        self.every = every
        self.problems = []
        self.lock = threading.Lock()
        self.turns = self.accepted = self.refused = 0
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.stopping.wait(self.every):
            self.turns += 1
            try:
                with self.lock:
                    self.reload()
            except (OSError, ValueError, Failure) as error:
                self.problems.append(f"reload {self.turns}: {error}")

    def reload(self):
        if self.turns % 3 != 0:
            self.accept(lambda: self.service.command("reload"))
        else:
            self.refuse(self.turns // 3)

    def reload_now(self):
        with self.lock:
            self.accept(lambda: self.service.command("reload"))

    def reload_by_signal(self):
        with self.lock:
            self.accept(lambda: self.service.process.send_signal(signal.SIGHUP))

    def accept(self, ask):
        mark = self.service.messages.mark()
        self.service.configure(valid(self.accepted + 1))
        ask()
        self.service.expect_message("reloaded: ", mark)
        self.accepted += 1
        self.expect_verdict(1)

    def refuse(self, number):
        mark = self.service.messages.mark()
        text, paths = invalid(number)
        self.service.configure(text)
        done = self.service.command("reload", check=False)
        expect(done.returncode == 2, f"an invalid one: status {done.returncode}: {done.stderr}")
        for path in paths:
            expect(path in done.stdout + done.stderr, f"the verdict does not name {path}: "
                   f"{done.stdout}{done.stderr}")
            self.service.expect_message(r"flowgauge\.yaml:\d+:\d+: .*" + path.replace(".", r"\."),
                                        mark)
        self.service.expect_message("reload refused", mark)
        self.refused += 1
        self.expect_verdict(0)

    def expect_verdict(self, successful):
        metrics = self.scraper.metrics()
        wanted = (self.accepted + self.refused, self.refused, 0, successful)
        found = tuple(metrics.sum(f"flowgauge_config_{name}") for name in
                      ("reloads_total", "reloads_refused_total", "restart_required",
                       "last_reload_successful"))
        expect(found == wanted, f"reloads, refused, restart required, last successful: {wanted} "
               f"wanted, {found} found")

    def stop(self):
        self.stopping.set()
        self.thread.join()
