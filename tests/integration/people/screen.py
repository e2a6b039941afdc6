"""A program on a pseudo-terminal, and what an xterm would show of it."""
import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

DEADLINE_SECONDS = 60
SEQUENCE = re.compile(r"\x1b\[([?>]?)([0-9;]*)([@-~])|\x1b[()][A-Z0-9]|\x1b[=>78M]")


class Screen:
    """As much of an xterm as ncurses makes use of; anything else is an error."""

    def __init__(self, columns, lines):
        self.columns, self.lines = columns, lines
        self.cells = [[" "] * columns for _ in range(lines)]
        self.row = self.column = 0
        self.top, self.bottom = 0, lines - 1  # of what scrolls
        self.colors = set()
        self.last = " "

    def text(self):
        return "\n".join("".join(row).rstrip() for row in self.cells)

    def resize(self, columns, lines):
        self.__init__(columns, lines)

    def put(self, character):
        if self.column < self.columns:
            self.cells[self.row][self.column] = character
            self.column += 1
        self.last = character

    def control(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            if self.row == self.bottom:
                self.shift(self.top, 1)
            else:
                self.row = min(self.row + 1, self.lines - 1)
        elif character == "\b":
            self.column = max(min(self.column, self.columns - 1) - 1, 0)
        elif character == "\t":
            self.column = min(self.column // 8 * 8 + 8, self.columns - 1)
        elif character != "\x0f":
            raise AssertionError(f"control character {character!r}")

    def shift(self, first, count):
        """Moves the lines from `first` on up by `count`, or down by -count, within what scrolls."""
        region = self.cells[first:self.bottom + 1]
        blank = [[" "] * self.columns for _ in range(abs(count))]
        region = (region + blank)[count:] if count > 0 else (blank + region)[:len(region)]
        self.cells[first:self.bottom + 1] = region

    def erase(self, row, begin, end):
        self.cells[row][begin:end] = [" "] * (end - begin)

    def sequence(self, mark, numbers, final):
        values = [int(number or 0) for number in numbers.split(";")]
        count = values[0] or 1
        if final == "m":
            self.colors.update(values)
        elif final == "H":
            self.row = min(count, self.lines) - 1
            self.column = min((values[1] if len(values) > 1 else 1) or 1, self.columns) - 1
        elif final in "ABCDGd" and not mark:
            self.row = {"A": max(self.row - count, 0), "B": min(self.row + count, self.lines - 1),
                        "d": min(count, self.lines) - 1}.get(final, self.row)
            self.column = {"D": max(self.column - count, 0), "C": min(self.column + count, self.columns - 1),
                           "G": min(count, self.columns) - 1}.get(final, self.column)
        elif final == "J":
            whole = values[0] == 2
            self.erase(self.row, 0 if whole else self.column, self.columns)
            for row in range(0 if whole else self.row + 1, self.lines):
                self.erase(row, 0, self.columns)
        elif final == "K":
            self.erase(self.row, 0 if values[0] == 1 else self.column,
                       self.column + 1 if values[0] == 1 else self.columns)
        elif final in "LM" and not mark:
            self.shift(self.row, min(count, self.bottom - self.row + 1) * (1 if final == "M" else -1))
        elif final in "ST" and not mark:
            self.shift(self.top, min(count, self.bottom - self.top + 1) * (1 if final == "S" else -1))
        elif final == "r" and not mark:
            self.top = count - 1
            self.bottom = (values[1] if len(values) > 1 else self.lines) - 1
            self.row = self.column = 0
        elif final == "X":
            self.erase(self.row, self.column, min(self.column + count, self.columns))
        elif final == "P":
            row = self.cells[self.row]
            self.cells[self.row] = row[:self.column] + row[self.column + count:] + [" "] * count
        elif final == "@":
            row = self.cells[self.row]
            self.cells[self.row] = (row[:self.column] + [" "] * count + row[self.column:])[:self.columns]
        elif final == "b":
            for _ in range(count):
                self.put(self.last)
        elif final not in "hlt":
            raise AssertionError(f"sequence {mark}{numbers}{final}")

    def feed(self, text):
        """Returns what is not complete yet."""
        while text:
            if text[0] != "\x1b":
                (self.control if text[0] < " " else self.put)(text[0])
                text = text[1:]
                continue
            found = SEQUENCE.match(text)
            if not found:
                if len(text) > 20:
                    raise AssertionError(f"unknown sequence {text[:20]!r}")
                return text
            if found[3]:
                self.sequence(found[1], found[2], found[3])
            elif found[0] == "\x1bM" and self.row == self.top:
                self.shift(self.top, -1)
            elif found[0] == "\x1bM":
                self.row = max(self.row - 1, 0)
            text = text[found.end():]
        return ""


class Program:
    """`command` on a pseudo-terminal. Its screen is read while something is waited for."""

    def __init__(self, command, columns=80, lines=24, **environment):
        self.screen = Screen(columns, lines)
        self.own, end = pty.openpty()
        self.end = end  # held open, to look at its settings afterwards
        self.settings = termios.tcgetattr(end)
        self.resize(columns, lines)
        base = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES", "NO_COLOR")}
        self.process = subprocess.Popen(command, stdin=end, stdout=end, stderr=end, start_new_session=True,
                                        env=base | {"TERM": "xterm-256color", "LANG": "C.UTF-8"} | environment)
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.raw = ""
        self.rest = ""

    def resize(self, columns, lines):
        fcntl.ioctl(self.own, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        if hasattr(self, "process"):
            self.screen.resize(columns, lines)
            self.process.send_signal(signal.SIGWINCH)

    def press(self, keys):
        os.write(self.own, keys.encode())

    def wait_for(self, done, what):
        """Reads until done(text of the screen)."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not done(self.screen.text()):
            if not self.read(deadline):
                raise AssertionError(f"{what}: not within {DEADLINE_SECONDS} s:\n{self.screen.text()}")

    def read(self, deadline):
        ready, _, _ = select.select([self.own], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            return False
        text = self.decoder.decode(os.read(self.own, 65536))
        self.raw += text
        self.rest = self.screen.feed(self.rest + text)
        return True

    def finish(self):
        """Waits for the end. Returns the exit status."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                self.process.kill()
                raise AssertionError(f"does not end:\n{self.screen.text()}")
            self.read(time.monotonic() + 0.05)
        while self.read(time.monotonic()):
            pass
        same = termios.tcgetattr(self.end)[:4] == self.settings[:4]
        os.close(self.own)
        os.close(self.end)
        if not same:
            raise AssertionError("the terminal was not restored")
        return self.process.returncode
