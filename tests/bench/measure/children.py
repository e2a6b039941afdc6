"""Programs that are started, timed and ended; no program outlives the script.

A timed program's peak memory must be its own. The kernel hands the peak of the process that calls
exec on to the program, so a child of Python would never seem smaller than Python. A shell in
between forks once more, and as reaper of orphans we wait for the grandchild itself.
"""
import ctypes
import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time

PR_SET_CHILD_SUBREAPER = 36

_LOCK = threading.Lock()
_GROUPS = set()  # process groups of ours that may still be alive


class Failed(Exception):
    """What could not be run, and what it said."""


@dataclasses.dataclass(frozen=True)
class Cost:
    """What one run of a program took."""

    cpu: float  # seconds, user and system
    wall: float  # seconds
    peak_bytes: int  # resident


def prepare():
    """Once, at the start: signals end the script through `finally`, and orphans come to us."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise Failed(f"prctl(PR_SET_CHILD_SUBREAPER): {os.strerror(ctypes.get_errno())}")


def _raise_priority():
    """Where sessions are scheduled as groups, niceness between them is that of the group."""
    try:
        with open("/proc/self/autogroup", "w", encoding="ascii") as file:
            file.write("-19")
    except OSError:
        pass


def start(command, raised=False, **options):
    """A child in a session of its own, to be ended with end(). raised: before other sessions."""
    options.setdefault("stdin", subprocess.DEVNULL)
    try:
        child = subprocess.Popen([str(word) for word in command], start_new_session=True,
                                 preexec_fn=_raise_priority if raised else None, **options)
    except OSError as error:
        raise Failed(f"{command[0]}: {error.strerror}") from None
    with _LOCK:
        _GROUPS.add(child.pid)
    return child


def kill_group(group):
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass


def end(child):
    """Kills what is left of a child of start()."""
    kill_group(child.pid)
    child.wait()
    with _LOCK:
        _GROUPS.discard(child.pid)


def end_all():
    with _LOCK:
        groups = list(_GROUPS)
    for group in groups:
        kill_group(group)


def run(command, timeout=120, check=True):
    """A command that is not timed; its standard output."""
    child = start(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        output, errors = child.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        raise Failed(f"{command[0]}: not done within {timeout} s") from None
    finally:
        end(child)
    if check and child.returncode != 0:
        raise Failed(f"{' '.join(map(str, command))}: status {child.returncode}: "
                     f"{(errors or output).strip()[-500:]}")
    return output


# The shell says the process id on its standard input, which is the end of a pipe: a background
# command gets /dev/null instead of it (POSIX, "Asynchronous Lists"), and standard output is the
# program's alone.
_FORK_ONCE_MORE = '"$@" & echo $! >&0'


def _start_orphan(command, output, messages):
    """Process id of `command` as our adopted child, and the shell that started it."""
    reading, writing = os.pipe()
    try:
        shell = start(["sh", "-c", _FORK_ONCE_MORE, "sh", *command], raised=True, stdin=writing,
                      stdout=output, stderr=messages)
    finally:
        os.close(writing)
    with os.fdopen(reading, encoding="ascii") as pipe:
        line = pipe.readline()
    if shell.wait() != 0 or not line.strip():
        end(shell)
        raise Failed(f"{command[0]}: the shell did not start it")
    return int(line), shell


def run_timed(command, timeout, messages_path, reader=None):
    """Runs `command` and returns its Cost.

    reader: called while it runs with its standard output, which is /dev/null without a reader.
    Raises Failed for a status other than 0 and when `timeout` seconds are over.
    """
    begin = time.monotonic()
    output = subprocess.DEVNULL if reader is None else subprocess.PIPE
    with open(messages_path, "wb") as messages:
        pid, shell = _start_orphan([str(word) for word in command], output, messages)
    late = threading.Event()

    def stop():
        late.set()
        kill_group(shell.pid)

    timer = threading.Timer(timeout, stop)
    timer.start()
    try:
        if reader is not None:
            reader(shell.stdout)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        wall = time.monotonic() - begin
    finally:
        timer.cancel()
        timer.join()
        end(shell)
        if shell.stdout is not None:
            shell.stdout.close()
        _, status, usage = os.wait4(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if late.is_set():
        raise Failed(f"{command[0]}: not done within {timeout} s")
    if code != 0:
        with open(messages_path, encoding="utf-8", errors="replace") as messages:
            raise Failed(f"{' '.join(map(str, command))}: status {code}: "
                         f"{messages.read().strip()[-500:]}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024)
