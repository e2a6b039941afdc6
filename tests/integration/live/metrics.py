"""What a running sensor answers on its port inside a namespace."""
import http.client
import re
import socket

from live.network import thread_inside
from live.outcome import expect

ANSWER_SECONDS = 20
PORT = 9477
SAMPLE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Connection(http.client.HTTPConnection):
    def __init__(self, namespace):
        super().__init__("127.0.0.1", PORT, timeout=ANSWER_SECONDS)
        self.namespace = namespace

    def connect(self):
        with thread_inside(self.namespace):
            self.sock = socket.create_connection((self.host, self.port), self.timeout)


def get(namespace, path):
    """Status and body."""
    connection = Connection(namespace)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


class Metrics:
    """One scrape: samples by name and labels."""

    def __init__(self, text):
        self.types = {}
        self.samples = {}
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split()
                self.types[name] = kind
            elif line and not line.startswith("#"):
                found = SAMPLE.fullmatch(line)
                expect(found, f"/metrics: not a sample: {line}")
                key = (found[1], frozenset(LABEL.findall(found[2] or "")))
                expect(key not in self.samples, f"/metrics: twice: {line}")
                self.samples[key] = float(found[3])

    def sum(self, name, **labels):
        wanted = set(labels.items())
        values = [value for (found, has), value in self.samples.items()
                  if found == name and wanted <= has]
        expect(values, f"/metrics has no {name} {labels}")
        return int(sum(values))

    def counters(self):
        return {key: value for key, value in self.samples.items()
                if self.types.get(key[0]) == "counter"}

    def label_values(self, name, label):
        return sorted({dict(labels)[label] for found, labels in self.samples if found == name})


def scrape(namespace):
    status, body = get(namespace, "/metrics")
    expect(status == 200, f"/metrics: {status} {body}")
    return Metrics(body)
