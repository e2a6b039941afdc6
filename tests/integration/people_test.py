#!/usr/bin/env python3
"""What operators see of a running sensor: `status`, `reload` and `top`, against one that only answers.

    people_test.py --flowgauge BIN --sensor SAMPLE_SENSOR [CASE...]

Exit status: 0 all well, 1 not.
"""
import argparse
import json
import pathlib
import signal
import subprocess
import sys
import tempfile

from people.fake_sensor import FakeSensor, SampleSensor
from people.screen import DEADLINE_SECONDS, Program


def expect(condition, text):
    if not condition:
        raise AssertionError(text)


class Sensor:
    """A sensor on a socket of its own."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name) / "control.sock"
        self.start()
        return self

    def start(self):
        self.fake = FakeSensor(self.path)

    def stop(self):
        self.fake.close()
        self.path.unlink()

    def __exit__(self, *_):
        if self.path.exists():
            self.stop()
        self.folder.cleanup()


def run(flowgauge, *arguments, status=0, **environment):
    """Standard output and standard error of a command that must end with `status`."""
    result = subprocess.run([flowgauge, *arguments], capture_output=True, text=True, timeout=DEADLINE_SECONDS,
                            check=False, env={"PATH": "/usr/bin:/bin"} | environment)
    expect(result.returncode == status, f"{arguments}: {result}")
    return result.stdout, result.stderr


def status_of_a_sensor(flowgauge):
    with Sensor() as sensor:
        socket = ["--socket", str(sensor.path)]
        text, _ = run(flowgauge, "status", *socket, status=1)
        expect(text.startswith("gate-1: running, not ready\n  sink archive: "), text)
        expect("  read              30,004,400            2200/s  14.1 Mbit/s\n" in text, text)
        expect("\x1b" not in text, text)
        sensor.fake.statistics["not_ready"] = []
        found, _ = run(flowgauge, "status", RUNTIME_DIRECTORY=sensor.folder.name)
        expect(found.startswith("gate-1: running, ready\n"), found)
        for environment, colored in (({}, True), ({"NO_COLOR": "1"}, False)):
            program = Program([flowgauge, "status", *socket], lines=60, **environment)
            expect(program.finish() == 0, program.raw)
            expect(("\x1b[32mready\x1b[0m" in program.raw) == colored, program.raw)


def status_as_json(flowgauge):
    with Sensor() as sensor:
        text, _ = run(flowgauge, "status", "--json", "--socket", str(sensor.path), status=1)
        expect(json.loads(text) == sensor.fake.statistics and text.count("\n") == 1, text)


def status_again_and_again(flowgauge):
    with Sensor() as sensor:
        with subprocess.Popen([flowgauge, "status", "--watch", "1", "--socket", str(sensor.path)],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
            seen = 0
            while seen < 3:
                line = program.stdout.readline()
                expect(line, "ended early")
                seen += line.startswith("gate-1: ")
            program.send_signal(signal.SIGINT)
            program.communicate(timeout=DEADLINE_SECONDS)
            expect(program.returncode == 1, program.returncode)  # as it was last: not ready


def no_sensor(flowgauge):
    with tempfile.TemporaryDirectory() as folder:
        for command in (["status"], ["status", "--json"], ["reload"], ["top"], ["top", "--once"]):
            out, error = run(flowgauge, *command, status=1, RUNTIME_DIRECTORY=folder)
            expect(out == "" and f"{folder}/control.sock" in error, error)
            expect("systemctl status flowgauge" in error, error)


def an_answer_that_is_none(flowgauge):
    with Sensor() as sensor:
        socket = ["--socket", str(sensor.path)]
        sensor.fake.statistics["state"] = 7
        _, error = run(flowgauge, "status", *socket, status=1)
        expect("cannot be read: $.state: none of starting" in error, error)
        sensor.fake.answer = lambda handler, target: handler.send(b"\x1b[2Jbusy", "text/plain", 503)
        for command in ("status", "reload", "top"):
            _, error = run(flowgauge, command, *socket, status=1)
            expect("status 503: \\x1b[2Jbusy" in error, error)


def verdicts_of_reloads(flowgauge):
    with Sensor() as sensor:
        socket = ["--socket", str(sensor.path)]
        text, _ = run(flowgauge, "reload", *socket)
        expect(text == "reloaded\nin force now:\n  logging.level\n"
               "in force after a restart (systemctl restart flowgauge):\n  flows.max_flows\n", text)
        sensor.fake.verdict = {"ok": False, "applied": [], "restart": [], "errors": ["a:1:1: x", "a:2:1: y"]}
        text, _ = run(flowgauge, "reload", *socket, status=2)
        expect(text == "refused: the configuration stays as it was\na:1:1: x\na:2:1: y\n", text)
        expect(sensor.fake.requests == 2 * ["POST /api/v1/reload"], sensor.fake.requests)


def one_screen_of_top(flowgauge):
    with Sensor() as sensor:
        once = ["top", "--once", "--socket", str(sensor.path)]
        text, _ = run(flowgauge, *once)
        lines = text.splitlines()
        expect(lines[1].startswith("packets 3300/s, 21.1 Mbit/s   dropped 20/s ("), text)
        expect(lines[5].split() == ["APPLICATION", "RATE", "PKTS/S", "BYTES", "PACKETS", "FLOWS"], text)
        expect([line.split()[:3] for line in lines[6:]] ==
               [["undecided", "3.00", "Mbit/s"], ["DNS", "2.00", "Mbit/s"], ["TLS.Google", "1.00", "Mbit/s"]], text)
        expect("/api/v1/flows?limit=1000" in sensor.fake.requests[1], sensor.fake.requests)
        text, _ = run(flowgauge, *once, "--view", "flows", "--filter", "dns", COLUMNS="120")
        expect(text.splitlines()[6].split()[:4] == ["UDP", "[2001:db8::1]:5353", "[2001:db8::53]:53", "DNS"], text)
        expect(len(text.splitlines()) == 7 and "every 1 s" in text, text)
        text, _ = run(flowgauge, *once, "--view", "hosts", "--sort", "name", "--interval", "2s")
        expect([line.split()[0] for line in text.splitlines()[6:]] ==
               ["10.0.0.1", "10.0.0.9", "192.0.2.80", "2001:db8::1", "2001:db8::53"], text)


def keys_of_top(flowgauge):
    with Sensor() as sensor:
        top = Program([flowgauge, "top", "--socket", str(sensor.path)])
        top.wait_for(lambda text: "\nAPPLICATION " in text and "\nundecided   " in text and
                     "Mbit/s   dropped" in text, "applications")
        for keys, shown in (("p", "\nPROCESS "), ("h", "\nHOST "), ("f", "\nPROTO SOURCE "), ("s", "flows by bytes, every 1 s"),
                            ("s", "flows by packets"), ("ss", "flows by rate"), ("a", "applications by rate"),
                            ("?", "Any key goes back."), ("x", "\nAPPLICATION "), ("+", "every 2 s"),
                            ("-", "every 1 s"), ("f/goo", "filter: goo_"), ("\x7f", "filter: go_")):
            top.press(keys)
            top.wait_for(lambda text, shown=shown: shown in text, keys)
        top.wait_for(lambda text: "192.0.2.80:443" in text and "10.0.0.9" not in text, "filter")
        top.press("q\r")  # in the filter q is a letter
        top.wait_for(lambda text: "filter: goq " in text and "192.0.2.80" not in text, "filter kept")
        top.press("\x1b")
        top.wait_for(lambda text: "filter:" not in text and "10.0.0.9" in text, "filter dropped")
        top.press("q")
        expect(top.finish() == 0, top.raw[-300:])
        expect("\x1b[?1049l" in top.raw[-100:], top.raw[-100:])


def top_scrolls(flowgauge):
    with Sensor() as sensor:
        flow = sensor.fake.flows["flows"][2]
        sensor.fake.flows["flows"] = [flow | {"flow_uid": 100 + number, "application": f"app{number:02}"}
                                      for number in range(40)]
        top = Program([flowgauge, "top", "--sort", "name", "--socket", str(sensor.path)])
        for keys, first, last in (("", 0, 16), ("\x1b[B", 1, 17), ("\x1bOB", 2, 18), ("\x1b[6~", 19, 35),
                                  ("\x1b[6~", 23, 39), ("\x1bOF", 23, 39), ("\x1b[5~", 6, 22), ("\x1bOA", 5, 21),
                                  ("\x1bOH", 0, 16)):
            if keys == "\x1b[B":
                keys = "\x1bOB"  # keypad mode of an xterm
            top.press(keys)
            top.wait_for(lambda text, first=first, last=last:
                         f"\napp{first:02} " in text and f"\napp{last:02} " in text and
                         f"\napp{last + 1:02} " not in text and f"\napp{first - 1:02} " not in text, (keys, first))
        top.press("q")
        expect(top.finish() == 0, top.raw[-300:])


def top_pauses(flowgauge):
    with Sensor() as sensor:
        top = Program([flowgauge, "top", "--socket", str(sensor.path)])
        top.wait_for(lambda text: "Mbit/s   dropped" in text, "rates")
        top.press(" ")
        top.wait_for(lambda text: "PAUSED" in text, "paused")
        asked = len(sensor.fake.requests)
        frozen = top.screen.text()
        while len(sensor.fake.requests) < asked + 5:
            top.press("hash"[len(sensor.fake.requests) % 2] + "a")
            top.wait_for(lambda text: "\nAPPLICATION " in text, "drawn while paused")
        top.press("ssss")
        top.wait_for(lambda text: text == frozen, "frozen")
        top.press(" ")
        top.wait_for(lambda text: "PAUSED" not in text and text.splitlines()[1] != frozen.splitlines()[1], "goes on")
        top.press("\x03")
        expect(top.finish() == 0, top.raw[-300:])


def top_outlives_the_sensor(flowgauge):
    with Sensor() as sensor:
        top = Program([flowgauge, "top", "--socket", str(sensor.path)])
        top.wait_for(lambda text: "\nundecided" in text, "rows")
        sensor.stop()
        top.wait_for(lambda text: "\ntrying again: no answer from " in text, "away")
        expect("\nundecided" in top.screen.text(), top.screen.text())
        sensor.start()
        top.wait_for(lambda text: "trying again" not in text, "back")
        top.press("q")
        expect(top.finish() == 0, top.raw[-300:])


def top_follows_the_size(flowgauge):
    with Sensor() as sensor:
        top = Program([flowgauge, "top", "--view", "flows", "--socket", str(sensor.path)])
        top.wait_for(lambda text: "\nPROTO" in text, "80x24")
        top.resize(150, 40)
        top.wait_for(lambda text: " PACKETS    AGE" in text, "150x40")
        top.wait_for(lambda text: text.splitlines()[39].startswith("a apps"), "last line")
        top.resize(60, 20)
        top.wait_for(lambda text: text.startswith("60x20 is too small; top needs 80x24, q quits"), "60x20")
        top.resize(80, 24)
        top.wait_for(lambda text: "\nPROTO" in text, "80x24 again")
        top.press("q")
        expect(top.finish() == 0, top.raw[-300:])


def top_restores_the_terminal(flowgauge):
    with Sensor() as sensor:
        top = Program([flowgauge, "top", "--socket", str(sensor.path)], NO_COLOR="1")
        top.wait_for(lambda text: "\nAPPLICATION " in text, "rows")
        expect(not top.screen.colors & set(range(30, 38)), top.screen.colors)
        top.process.send_signal(signal.SIGTERM)
        expect(top.finish() != 0, top.raw[-300:])
        expect("\x1b[?1049l" in top.raw[-100:], top.raw[-100:])
        _, error = run(flowgauge, "top", "--socket", str(sensor.path), status=2)
        expect("needs a terminal" in error and "flowgauge top --once" in error, error)
        # ncurses loses some memory of a terminal that it does not know.
        program = Program([flowgauge, "top", "--socket", str(sensor.path)], TERM="no-such-terminal",
                          ASAN_OPTIONS="detect_leaks=0")
        expect(program.finish() == 2 and "nothing is known of this terminal" in program.raw, program.raw)


def top_shows_evil_names_as_text(flowgauge):
    with Sensor() as sensor:
        sensor.fake.flows["flows"][0]["application"] = "\x1b]0;owned\x07\x9b2J\u202eevil"
        top = Program([flowgauge, "top", "--socket", str(sensor.path)])
        top.wait_for(lambda text: "\n\\x1b]0;owned\\x07\\" in text, "escaped")
        top.press("q")
        expect(top.finish() == 0 and "\x1b]0;owned" not in top.raw, top.raw[-300:])


def the_real_server(flowgauge, program):
    """Both ends of the same words."""
    sensor = SampleSensor(program)
    try:
        socket = ["--socket", f"127.0.0.1:{sensor.port}"]
        text, _ = run(flowgauge, "status", *socket, status=1)
        expect(text.startswith("gate-1: running, not ready\n  sink archive: "), text)
        expect("\n  eth1         absent, was lost 1 time\n" in text and "Mbit/s\n" in text, text)
        text, _ = run(flowgauge, "top", "--once", "--view", "flows", "--filter", ":443", *socket)
        expect("\nTCP   10.0.0.1:40000        192.0.2.80:443" in text, text)
        _, error = run(flowgauge, "reload", *socket, status=1)
        expect("status 403: reload is for the control socket" in error, error)
    finally:
        sensor.close()


CASES = [status_of_a_sensor, status_as_json, status_again_and_again, no_sensor, an_answer_that_is_none,
         verdicts_of_reloads, one_screen_of_top, keys_of_top, top_scrolls, top_pauses, top_outlives_the_sensor,
         top_follows_the_size, top_restores_the_terminal, top_shows_evil_names_as_text,
         the_real_server]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flowgauge", required=True)
    parser.add_argument("--sensor", required=True)
    parser.add_argument("cases", nargs="*")
    args = parser.parse_args()
    cases = [case for case in CASES if not args.cases or case.__name__ in args.cases]
    failed = 0
    for case in cases:
        try:
            case(args.flowgauge, *([args.sensor] if case is the_real_server else []))
        except AssertionError as error:
            failed += 1
            print(f"{case.__name__}: {error}")
    print(f"{len(cases)} cases, {failed} failed")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
