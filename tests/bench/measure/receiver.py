"""Receivers on loopback that take what exporters send, as fast as Python can, and discard it.

    python3 -m measure.receiver udp|tcp       says its port, and works until it is killed
"""
import pathlib
import socket
import sys
import threading
import time

SO_RCVBUFFORCE = 33  # of asm-generic/socket.h; Python has no name for it
DATAGRAM_MAX = 9000
WIDE_BYTES = 1 << 30  # the kernel doubles it; a million flows fit in
QUIET_SECONDS = 0.3


class Datagrams:
    """Keeps every datagram of one run, in order; a thread takes them out of the socket.

    wide: with a buffer that holds all of them; else with the one that the system gives.
    """

    def __init__(self, wide=True):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        if wide:
            self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, WIDE_BYTES)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(QUIET_SECONDS)
        self.port = self.socket.getsockname()[1]
        self._messages = []
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._take)
        self._thread.start()

    def _take(self):
        while True:
            try:
                self._messages.append(self.socket.recv(DATAGRAM_MAX))
            except TimeoutError:
                if self._closing.is_set():
                    return

    def finish(self):
        """The datagrams, and how many the kernel has dropped, once none comes any more."""
        self._closing.set()
        self._thread.join()
        dropped = dropped_at(self.port)
        self.socket.close()
        return self._messages, dropped


def dropped_at(port):
    """Datagrams that found no room in the buffer of the IPv4 socket at `port`."""
    for line in pathlib.Path("/proc/net/udp").read_text(encoding="ascii").splitlines()[1:]:
        words = line.split()
        if int(words[1].split(":")[1], 16) == port:
            return int(words[-1])
    raise LookupError(port)


def discard(transport):
    kind = {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM}[transport]
    taking = socket.socket(socket.AF_INET, kind)
    taking.bind(("127.0.0.1", 0))
    print(taking.getsockname()[1], flush=True)
    memory = bytearray(1 << 20)
    if transport == "tcp":
        taking.listen(1)
        taking = taking.accept()[0]
    while taking.recv_into(memory) or transport == "udp":
        pass
    time.sleep(3600)  # until it is killed


if __name__ == "__main__":
    discard(sys.argv[1])
