"""A collector that may be killed: what it has read is in its file, and nothing is taken from the socket before.

    collector.py PORT FILE RECEIVE_BUFFER PAUSE_SECONDS

Each connection has a file of its own, FILE.0 and so on. Prints a line when it listens.
"""
import itertools
import socket
import sys
import time

READ_BYTES = 1 << 14


def keep(connection, path, pause):
    with open(path, "wb", buffering=0) as file:
        while data := connection.recv(READ_BYTES, socket.MSG_PEEK):
            file.write(data)
            connection.recv(len(data))
            time.sleep(pause)


def main():
    port, path, buffer, pause = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        listener.bind(("127.0.0.1", port))
        listener.listen(1)
        print("listening", flush=True)
        for number in itertools.count():
            with listener.accept()[0] as connection:
                keep(connection, f"{path}.{number}", pause)


if __name__ == "__main__":
    main()
