#!/usr/bin/env python3
"""What a person at a terminal sees: the table, its width, and the line that says how far a reading is.

    terminal_test.py --flowgauge BIN --captures DIRECTORY [CASE...]

DIRECTORY holds the golden captures. Exit status: 0 all well, 1 not.
"""
import argparse
import fcntl
import os
import pathlib
import pty
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time

DEADLINE_SECONDS = 60
TOTALS = "7 flows, 20 packets, 2.18 KiB"  # of tunnels/input.pcap
SPARSE_FRAMES = 40000
ENVIRONMENT = {key: value for key, value in os.environ.items()
               if key not in ("COLUMNS", "LC_ALL", "LC_CTYPE", "NO_COLOR")}
ENVIRONMENT |= {"TERM": "xterm", "LANG": "C"}


class Terminal:
    """A pseudo-terminal of `columns`; `end` is for the program."""

    def __init__(self, columns=80):
        self.own, self.end = pty.openpty()
        fcntl.ioctl(self.end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        settings = termios.tcgetattr(self.end)
        settings[1] &= ~termios.ONLCR  # bytes as the program wrote them
        termios.tcsetattr(self.end, termios.TCSANOW, settings)
        self.text = ""

    def read_until(self, done):
        """Reads until done() or the program has closed its end; true if done()."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not done():
            ready, _, _ = select.select([self.own], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise AssertionError(f"nothing more for {DEADLINE_SECONDS} s after {self.text[-500:]!r}")
            try:
                got = os.read(self.own, 65536)
            except OSError:  # EIO: nobody has the other end any more
                return False
            if not got:
                return False
            self.text += got.decode("utf-8")
        return True

    def close_end(self):
        os.close(self.end)

    def close(self):
        os.close(self.own)


def start(command, terminal, **streams):
    """Starts a program of which `terminal` gets the streams that are not given."""
    streams = {"stdin": subprocess.DEVNULL, "stdout": terminal.end, "stderr": terminal.end} | streams
    program = subprocess.Popen(command, env=streams.pop("env", ENVIRONMENT), **streams)
    terminal.close_end()
    return program


def see(command, columns=80, status=0, **streams):
    """What a terminal gets from a program until it ends."""
    terminal = Terminal(columns)
    program = start(command, terminal, **streams)
    terminal.read_until(lambda: False)
    expect(program.wait(DEADLINE_SECONDS) == status, f"status {program.returncode}: {terminal.text}")
    terminal.close()
    return terminal.text


def expect(condition, text):
    if not condition:
        raise AssertionError(text)


def widest(text):
    return max(len(line) for line in text.splitlines())


def table_on_a_terminal(flowgauge, captures):
    read = [flowgauge, "read", str(captures / "tunnels/input.pcap")]
    text = see(read, stderr=subprocess.DEVNULL)
    expect(text.startswith(f"\x1b[1m{TOTALS}\x1b[0m\n"), text)
    plain = text.replace("\x1b[1m", "").replace("\x1b[0m", "")
    expect("\nPROTO  SOURCE " in plain and "\nAPPLICATION " in plain, plain)
    expect("GTP.GTP_U" in plain, plain)
    expect(widest(plain) <= 80, plain)
    expect("\x1b" not in plain and "src_ip" not in plain, plain)
    for quiet in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        text = see(read, stderr=subprocess.DEVNULL, env=ENVIRONMENT | quiet)
        expect(text == plain, text)
    for workers in ("1", "3"):
        text = see([*read, "--n-dissections", "0", "--workers", workers], stderr=subprocess.DEVNULL)
        expect("\x1b[1mPROTOCOL, LOWER PORT" in text and text.count("UDP ") == 9, text)


def rows_in_a_pipe_or_when_asked_for(flowgauge, captures):
    read = [flowgauge, "read", str(captures / "tunnels/input.pcap")]
    piped = subprocess.run(read, capture_output=True, text=True, timeout=DEADLINE_SECONDS, check=True,
                           env=ENVIRONMENT).stdout
    expect(piped.startswith("id,expiration_id,src_ip") and piped.count("\n") == 8, piped)
    for arguments in (["--format", "csv"], ["--columns", "all", "--format", "csv"]):
        expect(see(read + arguments, stderr=subprocess.DEVNULL) == piped, arguments)
    text = see([*read, "--columns", "src_ip"], stderr=subprocess.DEVNULL)
    expect(text.startswith("src_ip\n"), text)
    text = see([*read, "--format", "jsonl"], stderr=subprocess.DEVNULL)
    expect(text.startswith('{"id":0,'), text)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "flows.csv"
        see([*read, "--output", str(path)])
        expect(path.read_text(encoding="utf-8") == piped, "--output")
    text = see([*read, "--format", "table", "--columns", "src_ip"], status=2)
    expect("columns: a table has its own" in text, text)


def table_in_a_pipe(flowgauge, captures):
    read = [flowgauge, "read", str(captures / "tunnels/input.pcap"), "--format", "table", "--max-nflows", "3"]
    run = subprocess.run(read, capture_output=True, text=True, timeout=DEADLINE_SECONDS, check=True,
                         env=ENVIRONMENT | {"COLUMNS": "100"})
    expect(run.stdout.startswith("3 flows, "), run.stdout)
    expect("\nonly the first 3 flows that ended (--max-nflows)\n" in run.stdout, run.stdout)
    expect("\x1b" not in run.stdout and widest(run.stdout) <= 100, run.stdout)


def no_flows(flowgauge, captures):
    text = see([flowgauge, "read", str(captures / "tunnels/input.pcap"), "--bpf-filter", "port 9"],
               stderr=subprocess.DEVNULL, env=ENVIRONMENT | {"NO_COLOR": "1"})
    expect(text == "no flows\nonly packets that match: port 9\n", text)


def progress_of_a_pipe(flowgauge, captures):
    """Shown while the pipe is silent, and gone before table and summary."""
    capture = (captures / "tunnels/input.pcap").read_bytes()
    terminal = Terminal()
    program = start([flowgauge, "read", "-"], terminal, stdin=subprocess.PIPE)
    program.stdin.write(capture[:500])
    program.stdin.flush()
    expect(terminal.read_until(lambda: " pkts " in terminal.text), terminal.text)
    program.stdin.write(capture[500:])
    program.stdin.close()
    terminal.read_until(lambda: False)
    expect(program.wait(DEADLINE_SECONDS) == 0, terminal.text)
    terminal.close()
    line, _, rest = terminal.text.rpartition("\r")
    expect(rest.startswith(f"\x1b[1m{TOTALS}") and "flowgauge: " in rest, terminal.text)
    expect("%" not in line and "left" not in line, terminal.text)
    expect(all(len(part) < 80 for part in line.split("\r")), terminal.text)
    expect("\n" not in line and "\x1b" not in line, terminal.text)
    shown = ""  # what a terminal has in its line in the end
    for part in line.split("\r"):
        shown = part + shown[len(part):]
    expect(shown.strip() == "", terminal.text)


def progress_always_and_never(flowgauge, captures):
    capture = (captures / "tunnels/input.pcap").read_bytes()
    for mode in ("always", "never"):
        with subprocess.Popen([flowgauge, "read", "-", "--progress", mode], stdin=subprocess.PIPE, env=ENVIRONMENT,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as program:
            program.stdin.write(capture)
            program.stdin.flush()
            begin = b""
            if mode == "always":
                while b" pkts " not in begin:
                    got = os.read(program.stderr.fileno(), 4096)
                    expect(got, begin)
                    begin += got
            program.stdin.close()
            text = (begin + program.stderr.read()).decode()
            expect(program.wait(DEADLINE_SECONDS) == 0, text)
        expect((" pkts " in text) == (mode == "always"), text)
        expect(text.rpartition("\r")[2].startswith("flowgauge: "), text)


def write_sparse_capture(path, capture):
    """The first frame again and again, each 10 s after the one before: a flow each."""
    frame_bytes = struct.unpack_from("<I", capture, 32)[0]
    frame = capture[40:40 + frame_bytes]
    with open(path, "wb") as out:
        out.write(capture[:24])
        for number in range(SPARSE_FRAMES):
            out.write(struct.pack("<IIII", 10 * number, 0, frame_bytes, frame_bytes) + frame)


def progress_of_a_slow_reader(flowgauge, captures):
    """A regular file has a total. Its reader is held up by a full pipe behind it."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "long.pcap"
        write_sparse_capture(path, (captures / "tunnels/input.pcap").read_bytes())
        terminal = Terminal()
        rows, sink = os.pipe()
        program = start([flowgauge, "read", str(path), "--idle-timeout", "1"], terminal, stdout=sink)
        os.close(sink)
        expect(terminal.read_until(lambda: "% " in terminal.text), terminal.text)
        with open(rows, "rb") as stream:
            lines = stream.read().count(b"\n")
        terminal.read_until(lambda: False)
        expect(program.wait(DEADLINE_SECONDS) == 0, terminal.text)
        terminal.close()
        expect(lines == SPARSE_FRAMES + 1, lines)
        expect(terminal.text.rpartition("\r")[2].startswith("flowgauge: "), terminal.text)


def table_of_a_live_capture(flowgauge, captures):
    """Ctrl-C on the terminal shows it. Needs the right to capture."""
    del captures
    if os.geteuid() != 0:
        print("table_of_a_live_capture: skipped, not root")
        return
    terminal = Terminal()
    program = start([flowgauge, "run", "--interface", "lo", "--bpf-filter", "udp port 9", "--workers", "1"], terminal)
    expect(terminal.read_until(lambda: "ready: capturing; Ctrl-C" in terminal.text), terminal.text)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x" * 1000, ("127.0.0.1", 9))
    program.send_signal(signal.SIGINT)
    terminal.read_until(lambda: False)
    expect(program.wait(DEADLINE_SECONDS) == 0, terminal.text)
    terminal.close()
    expect(" flow" in terminal.text and "only packets that match: udp port 9\n" in terminal.text, terminal.text)
    expect("127.0.0.1:9 " in terminal.text and "stopped before" not in terminal.text, terminal.text)


CASES = [table_on_a_terminal, rows_in_a_pipe_or_when_asked_for, table_in_a_pipe, no_flows, progress_of_a_pipe,
         progress_always_and_never, progress_of_a_slow_reader, table_of_a_live_capture]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flowgauge", required=True)
    parser.add_argument("--captures", required=True, type=pathlib.Path)
    parser.add_argument("cases", nargs="*")
    args = parser.parse_args()
    cases = [case for case in CASES if not args.cases or case.__name__ in args.cases]
    failed = 0
    for case in cases:
        try:
            case(args.flowgauge, args.captures)
        except AssertionError as error:
            failed += 1
            print(f"{case.__name__}: {error}")
    print(f"{len(cases)} cases, {failed} failed")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
