"""Sends flows of durable.flows at a steady pace, from number 0 on, until it is told to end (SIGTERM).

    sender.py INTERFACE FLOWS_PER_SECOND

Prints how many flows it has sent. In namespaces of the test only.
"""
import os
import signal
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from durable.flows import NUMBERS_MAX, frame_of, packets_of  # noqa: E402

STEP_SECONDS = 0.004
STEPS_AT_ONCE = 4  # more that are late are not made up for: the kernel's queues hold a thousand packets
SECONDS_MAX = 3600


def main():
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    interface, rate = sys.argv[1], int(sys.argv[2])
    step = max(1, round(rate * STEP_SECONDS))
    sent, late, begin = 0, 0, time.monotonic()
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as out:
        out.bind((interface, 0))
        while not stopped and sent < NUMBERS_MAX and time.monotonic() - begin < SECONDS_MAX:
            behind = round(rate * (time.monotonic() - begin)) - sent - late
            due = min(NUMBERS_MAX, sent + max(0, min(behind, step * STEPS_AT_ONCE)))
            late += max(0, behind - step * STEPS_AT_ONCE)
            for number in range(sent, due):
                frame = frame_of(number)
                for _ in range(packets_of(number)):
                    out.send(frame)
            sent = due
            time.sleep(STEP_SECONDS)
    print(sent, flush=True)


if __name__ == "__main__":
    main()
