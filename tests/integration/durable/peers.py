"""Collectors of our own, in threads: there, away, or there and not reading."""
import os
import selectors
import socket
import threading
import time

from durable.streams import Corrupt
from live.network import thread_inside

READ_BYTES = 1 << 18
LOOK_SECONDS = 0.02
SOCKET_BYTES = 1 << 17  # of the receiving socket


class Peer:
    """Gives what comes to the account. Whoever goes away does so with all that is unread."""

    def __init__(self, address, namespace, make_stream, account):
        self.address = address
        self.namespace = namespace  # of a TCP address
        self.make_stream = make_stream
        self.account = account
        self.mode = "up"
        self.connections = {}
        self.selector = selectors.DefaultSelector()
        self.listener = None
        self.ending = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def set(self, mode):
        """up, away, or stuck."""
        self.mode = mode

    def stop(self):
        self.ending = True
        self.thread.join()

    def run(self):
        try:
            while not self.ending:
                self.step()
        except Exception as error:  # of a thread, which nobody would see  # pylint: disable=broad-except
            self.account.wrong.append(f"the collector: {type(error).__name__}: {error}")
        self.go_away()

    def step(self):
        mode = self.mode
        if mode == "away":
            self.go_away()
        elif self.listener is None:
            self.listen()
        if mode != "up" or self.listener is None:
            time.sleep(LOOK_SECONDS)
            return
        for key, _ in self.selector.select(LOOK_SECONDS):
            if key.fileobj is self.listener:
                connection = self.listener.accept()[0]
                connection.setblocking(False)
                self.connections[connection] = self.make_stream()
                self.selector.register(connection, selectors.EVENT_READ)
            else:
                self.read(key.fileobj)

    def listen(self):
        if isinstance(self.address, str):
            self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        else:
            with thread_inside(self.namespace):
                self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BYTES)
        self.listener.bind(self.address)
        self.listener.listen(8)
        self.selector.register(self.listener, selectors.EVENT_READ)

    def read(self, connection):
        try:
            data = connection.recv(READ_BYTES)
        except BlockingIOError:
            return
        except ConnectionResetError:
            data = b""
        try:
            for record in self.connections[connection].feed(data):
                self.account.enter(record)
        except Corrupt as corrupt:
            self.account.wrong.append(str(corrupt))
            data = b""
        if not data:
            self.close(connection)

    def close(self, connection):
        self.selector.unregister(connection)
        self.connections.pop(connection)
        connection.close()

    def go_away(self):
        for connection in list(self.connections):
            self.close(connection)
        if self.listener is not None:
            self.selector.unregister(self.listener)
            self.listener.close()
            self.listener = None
            if isinstance(self.address, str):
                os.unlink(self.address)
