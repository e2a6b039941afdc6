"""Children that end with us, and waiting for what they do."""
import subprocess
import threading
import time

from live.outcome import Failure, Stopped

LOOK_EVERY = 0.005

STOP = threading.Event()
PROCESSES_LOCK = threading.Lock()
PROCESSES = set()


def start(command, **options):
    """A child that is killed at the end, whatever happens."""
    with PROCESSES_LOCK:
        if STOP.is_set():
            raise Stopped()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, **options)
        PROCESSES.add(child)
    return child


def end(child):
    if child.poll() is None:
        child.kill()
    child.wait()
    with PROCESSES_LOCK:
        PROCESSES.discard(child)


def end_all():
    STOP.set()
    with PROCESSES_LOCK:
        children = list(PROCESSES)
    for child in children:
        end(child)


def run(command, check=True):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=180)
    if check and done.returncode != 0:
        raise Failure(f"{' '.join(command)}: status {done.returncode}: "
                      f"{done.stderr.strip()}{done.stdout.strip()}")
    return done


def wait_for(what, seconds, look, look_every=LOOK_EVERY):
    """The first true answer of look(), or a Failure when the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        answer = look()
        if answer:
            return answer
        if STOP.is_set():
            raise Stopped()
        if time.monotonic() > deadline:
            raise Failure(f"not within {seconds} s: {what}")
        time.sleep(look_every)
