"""Captures sent into the network by frame_player."""
import json
import subprocess

from live.outcome import expect
from live.processes import end, start

RATE = 20000  # packets a second; the kernel may drop nothing at this pace


def play(settings, bed, files, pace=("--rate", str(RATE)), interface="g0", wait=True):
    """Sends whole captures. Returns the number of frames, or the process when not waiting."""
    command = ["ip", "netns", "exec", bed.sending, settings.player, interface, *files, *pace]
    player = start(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if not wait:
        return player
    return sent_by(player)


def sent_by(player):
    try:
        output, errors = player.communicate(timeout=150)
    finally:
        end(player)
    expect(player.returncode == 0, f"frame_player: status {player.returncode}: {errors}{output}")
    return json.loads(output)["sent"]
