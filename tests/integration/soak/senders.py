"""Bursts of mixed traffic, one sender for each pair of interfaces."""
import itertools
import json
import subprocess

from live.outcome import expect
from live.processes import end, start
from soak.traffic import Recording

VARIANTS = 12
SEND_SECONDS = 100
RATES = {"exact": 6000, "glob": 2500}  # packets a second; a debug build loses none


class Senders:
    """start(wire) begins a burst of whole captures; join(wire) adds what was sent to the wire."""

    def __init__(self, settings, bed, seconds, with_incomplete):
        self.settings = settings
        self.bed = bed
        self.seconds = seconds
        self.recordings = [Recording(settings.folder, variant, with_incomplete)
                           for variant in range(VARIANTS)]
        self.next = itertools.cycle(self.recordings)
        self.running = {}
        self.incomplete = 0  # frames of datagrams that never become whole, since take_incomplete()
        self.sent = 0

    def __call__(self, wire):
        recording = next(self.next)
        rate = RATES[wire.input_name]
        rounds = max(1, round(rate * self.seconds / recording.frames))
        self.incomplete += recording.incomplete * rounds
        self.running[wire] = start(
            ["ip", "netns", "exec", self.bed.sending, self.settings.player, wire.sender,
             recording.path, "--rate", str(rate), "--repeat", str(rounds)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def join(self, wire):
        player = self.running.pop(wire)
        try:
            output, errors = player.communicate(timeout=SEND_SECONDS)
        finally:
            end(player)
        expect(output and (player.returncode == 0 or not wire.is_there),
               f"frame_player on {wire.sender}: status {player.returncode}: {errors}{output}")
        sent = json.loads(output)["sent"]
        wire.sent += sent
        self.sent += sent

    def join_all(self):
        for wire in list(self.running):
            self.join(wire)

    def take_incomplete(self):
        count, self.incomplete = self.incomplete, 0
        return count
