"""Headless Chromium, driven by its DevTools protocol over a websocket."""
import base64
import http.client
import json
import os
import pathlib
import select
import shutil
import socket
import struct
import subprocess
import tempfile
import time

DEADLINE_SECONDS = 90
# Nothing but loopback is reached, whatever the browser itself would like to look up.
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
         "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", "--remote-debugging-port=0"]


def find_chromium():
    return shutil.which("chromium") or shutil.which("chromium-browser")


class WebSocket:
    """The client's side of RFC 6455, text messages only."""

    def __init__(self, port, path):
        self.socket = socket.create_connection(("127.0.0.1", port), DEADLINE_SECONDS)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
                             f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
                             "Sec-WebSocket-Version: 13\r\n\r\n").encode())
        self.bytes = b""
        while b"\r\n\r\n" not in self.bytes:
            self.bytes += self.socket.recv(65536)
        head, _, self.bytes = self.bytes.partition(b"\r\n\r\n")
        if b" 101 " not in head:
            raise AssertionError(head.decode())

    def send(self, text):
        data = text.encode()
        length = struct.pack("!B", 0x80 | len(data)) if len(data) < 126 else \
            struct.pack("!BH", 0xfe, len(data)) if len(data) < 65536 else struct.pack("!BQ", 0xff, len(data))
        self.socket.sendall(b"\x81" + length + b"\0\0\0\0" + data)  # masked with zeros

    def take(self, count):
        while len(self.bytes) < count:
            got = self.socket.recv(1 << 20)
            if not got:
                raise AssertionError("the browser closed the connection")
            self.bytes += got
        taken, self.bytes = self.bytes[:count], self.bytes[count:]
        return taken

    def waits(self, seconds):
        return bool(self.bytes) or bool(select.select([self.socket], [], [], seconds)[0])

    def receive(self):
        message = b""
        while True:
            first, length = struct.unpack("!BB", self.take(2))
            if length == 126:
                length = struct.unpack("!H", self.take(2))[0]
            elif length == 127:
                length = struct.unpack("!Q", self.take(8))[0]
            data = self.take(length)
            if first & 0x0f in (0, 1):
                message += data
                if first & 0x80:
                    return message.decode()


class Browser:
    """One page. `requests` has the addresses that it asked for, `errors` what its console said."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="flowgauge-browser-")
        self.process = subprocess.Popen([find_chromium(), *FLAGS, f"--user-data-dir={self.profile}", "about:blank"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.requests, self.errors, self.number = [], [], 0
        port = self.debugging_port()
        self.web_socket = WebSocket(port, self.page_path(port))
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(domain + ".enable")

    def debugging_port(self):
        file = pathlib.Path(self.profile) / "DevToolsActivePort"
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not file.exists() or "\n" not in file.read_text(encoding="ascii"):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"chromium does not start: {self.process.returncode}")
            time.sleep(0.05)
        return int(file.read_text(encoding="ascii").splitlines()[0])

    @staticmethod
    def page_path(port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_SECONDS)
        connection.request("GET", "/json/list")
        pages = [target for target in json.load(connection.getresponse()) if target["type"] == "page"]
        return pages[0]["webSocketDebuggerUrl"].split(str(port), 1)[1]

    def note(self, event):
        method, values = event["method"], event["params"]
        if method == "Network.requestWillBeSent":
            self.requests.append(values["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(values["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and values["type"] in ("error", "warning", "assert"):
            self.errors.append(json.dumps(values["args"]))
        elif method == "Log.entryAdded" and values["entry"]["level"] in ("error", "warning"):
            self.errors.append(json.dumps(values["entry"]))

    def call(self, method, **values):
        self.number += 1
        self.web_socket.send(json.dumps({"id": self.number, "method": method, "params": values}))
        while True:
            message = json.loads(self.web_socket.receive())
            if "method" in message:
                self.note(message)
            elif message["id"] == self.number:
                if "error" in message:
                    raise AssertionError(f"{method}: {message['error']}")
                return message["result"]

    def open(self, address):
        self.call("Page.navigate", url=address)

    def value(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise AssertionError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def wait_for(self, expression):
        """Until it is true. Returns its value."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not (value := self.value(expression)):
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {DEADLINE_SECONDS} s: {expression}\n"
                                     f"{self.value('document.body.innerText')}\n{self.errors}")
            self.web_socket.waits(0.1)
        return value

    def screenshot(self, path):
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        pathlib.Path(path).write_bytes(base64.b64decode(shot["data"]))

    def set_screen(self, width, height, scheme="light"):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setScrollbarsHidden", hidden=True)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def close(self):
        self.web_socket.socket.close()
        self.process.terminate()
        self.process.wait(DEADLINE_SECONDS)
        shutil.rmtree(self.profile, ignore_errors=True)
