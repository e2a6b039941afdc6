"""Sockets that collect what a sink sends."""
import socket
import threading


class Datagrams:
    """Everything that comes to a datagram socket. The kernel keeps only ten datagrams of a unix socket."""

    def __init__(self, family, address):
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 << 20)
        self.socket.bind(address)
        self.name = self.socket.getsockname()
        self.messages = []
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        while message := self.socket.recv(65536):
            self.messages.append(message)

    def take(self):
        """All that was sent until now; behind it comes an empty one."""
        with socket.socket(self.socket.family, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self.name)
        self.thread.join(60)
        return self.messages


class Stream:
    """Everything that comes over one connection, with TLS if there is a context."""

    def __init__(self, family, address, tls=None):
        self.listener = socket.socket(family, socket.SOCK_STREAM)
        self.listener.bind(address)
        self.listener.listen(1)
        self.listener.settimeout(60)
        self.name = self.listener.getsockname()
        self.tls = tls
        self.bytes = b""
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        connection, _ = self.listener.accept()
        connection.settimeout(60)
        if self.tls:
            connection = self.tls.wrap_socket(connection, server_side=True)
        parts = []
        while part := connection.recv(1 << 16):
            parts.append(part)
        self.bytes = b"".join(parts)
        connection.close()

    def take(self):
        self.thread.join(60)
        return self.bytes


def syslog_bodies(octets):
    """Of messages behind their lengths (RFC 6587 section 3.4.1)."""
    bodies = []
    while octets:
        length, _, octets = octets.partition(b" ")
        bodies.append(octets[: int(length)])
        octets = octets[int(length):]
    return bodies
