"""The configurations that the soak test gives to the sensor one after the other."""
IDLE = ("2s", "3s", "1s")
ACTIVE = ("60s", "4s", "1800s")
# All of them select everything, in programs that differ: so rx is what the rings must have.
FILTERS = ("", "len >= 14", "not host 203.0.113.9")
ROTATE = ("10s", "7s", "12s")

TEXT = """version: 1
sensor: soak
inputs:
  - {name: exact, interface: c0, workers: 2, socket_buffer_size: 64MiB, bpf_filter: "FILTER"}
  - {name: glob, interface: "d*", workers: 1, socket_buffer_size: 64MiB, bpf_filter: "FILTER"}
  - {name: files, files: ["{folder}/captures"], watch: true}
flows: {idle_timeout: IDLE, active_timeout: ACTIVE}
sinks:
  - {name: disk, type: file, format: csv, path: "{folder}/out/flows.csv", rotate_every: ROTATE,
     keep: 100000, min_free: 0B}
metrics: {listen: "127.0.0.1:9477"}
control: {socket: "{folder}/control.sock"}
"""

# What is wrong, and the path of each message.
WRONG = (
    (lambda text: text.replace("version: 1\n", "version: 1\nflowz: {}\n", 1), ["flowz"]),
    (lambda text: text.replace("keep: 100000", "keep: many") + "logging: {level: loud}\n",
     ["keep", "logging.level"]),
    (lambda text: text.replace('bpf_filter: "', 'bpf_filter: "udp and and ', 1), ["bpf_filter"]),
)


def valid(number):
    text = TEXT
    for word, values in (("IDLE", IDLE), ("ACTIVE", ACTIVE), ("FILTER", FILTERS),
                         ("ROTATE", ROTATE)):
        text = text.replace(word, values[number % len(values)])
    return text


def invalid(number):
    change, paths = WRONG[number % len(WRONG)]
    return change(valid(number)), paths
