"""A sensor that only answers: recorded statistics and flows over HTTP, moved on by the test.

    python3 -m people.fake_sensor SOCKET|PORT     by hand: serves until Ctrl-C
"""
import copy
import http.server
import json
import pathlib
import socketserver
import subprocess
import sys
import threading

SUPPORT = pathlib.Path(__file__).resolve().parents[2] / "support"
PAGE = pathlib.Path(__file__).resolve().parents[3] / "web/page.html"
HEALTHY = {"ok": True, "applied": ["logging.level"], "restart": ["flows.max_flows"], "errors": []}


def recorded(name):
    return json.loads((SUPPORT / name).read_text(encoding="utf-8"))


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.sensor.answer(self, self.path)

    def do_POST(self):
        self.server.sensor.answer(self, "POST " + self.path)

    def send(self, body, content_type="application/json", status=200, headers=()):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        return "client"

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn):
    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # clients may leave
            super().handle_error(request, client_address)


class UnixServer(Server, socketserver.UnixStreamServer):
    pass


class TcpServer(Server, socketserver.TCPServer):
    allow_reuse_address = True


class FakeSensor:
    """Each look at its statistics is a second later than the one before; flows grow as time goes on."""

    def __init__(self, endpoint):
        self.statistics = recorded("sensor_sample.json")
        self.flows = recorded("flows_sample.json")
        self.verdict = copy.deepcopy(HEALTHY)
        self.page = PAGE.read_bytes()
        self.page_headers = []
        self.lock = threading.Lock()
        self.requests = []
        if isinstance(endpoint, int):
            self.server = TcpServer(("127.0.0.1", endpoint), Handler)
        else:
            self.server = UnixServer(str(endpoint), Handler)
        self.server.sensor = self
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    @property
    def port(self):
        return self.server.server_address[1]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def move_on(self):
        """A second of traffic: 1100 packets and 880 kB a worker, 30 new flows of which 25 end."""
        self.statistics["time_ms"] += 1000
        for worker in self.statistics["workers"]:
            counters = worker["counters"]
            counters["packets_read"] += 1100
            counters["bytes_read"] += 880_000
            counters["shard"]["packets_in_flows"] += 1100
            counters["shard"]["flows_created"] += 30
            counters["shard"]["flows_expired"]["idle"] += 25
            counters["flows_active"] += 5
            if worker["input"] == "edge":
                counters["ring_dropped"] += 10
        self.statistics["process"]["cpu_seconds"] += 0.5
        self.flows["time_ms"] = self.statistics["time_ms"]
        for number, flow in enumerate(self.flows["flows"], 1):
            flow["last_ms"] = self.flows["time_ms"]
            flow["packets"][0] += 10 * number
            flow["bytes"][0] += 125_000 * number

    def answer(self, handler, target):
        with self.lock:
            self.requests.append(target)
            path = target.partition("?")[0]
            if path == "/api/v1/stats":
                self.move_on()
                handler.send(self.statistics)
            elif path == "/api/v1/flows":
                handler.send(self.flows)
            elif path == "POST /api/v1/reload":
                handler.send(self.verdict, status=200 if self.verdict["ok"] else 400)
            elif path == "/":
                handler.send(self.page, "text/html; charset=utf-8", headers=self.page_headers)
            else:
                handler.send(b"not here\n", "text/plain", 404)


class SampleSensor:
    """The real server over a sensor of samples that grow with time: the program sample_sensor."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())

    def close(self):
        self.process.communicate(timeout=60)


if __name__ == "__main__":
    FakeSensor(int(sys.argv[1]) if sys.argv[1].isdigit() else sys.argv[1])
