"""A Debian 12 with a real systemd inside, booted by systemd-nspawn, without network to the outside. The host
needs no systemd of its own. The file system is made once by mmdebstrap and kept as a tarball in
$FLOWGAUGE_CACHE (/var/cache/flowgauge-tests)."""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

BASE_PACKAGES = [
    "bash-completion", "ca-certificates", "curl", "dbus", "iproute2", "iputils-ping", "libcap2-bin", "man-db",
    "procps", "systemd", "systemd-sysv", "util-linux",
]
BOOT_SECONDS = 60
ROOTS_MAX = 3  # tarballs that stay in the cache, 230 MB each


class CannotRun(Exception):
    """Why there can be no container here: the test is skipped."""


def wait_for(what: str, condition, seconds: float = 20.0):
    """The first true answer of condition()."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.1)


def dependencies_of(package: Path) -> list[str]:
    """First alternatives of what a .deb depends on, without versions."""
    text = subprocess.check_output(["dpkg-deb", "-f", str(package), "Depends"], text=True)
    return sorted(part.split("|")[0].split("(")[0].strip() for part in text.split(",") if part.strip())


def cached_root(package: Path) -> Path:
    """The tarball of a root that has all that the package depends on."""
    for program in ("mmdebstrap", "systemd-nspawn", "nsenter", "dpkg-deb"):
        if shutil.which(program) is None:
            raise CannotRun(f"{program} is not installed (packaging/dependencies.sh, test_packages)")
    packages = sorted(set(BASE_PACKAGES + dependencies_of(package)))
    name = hashlib.sha256(" ".join(packages).encode()).hexdigest()[:16]
    cache = Path(os.environ.get("FLOWGAUGE_CACHE", "/var/cache/flowgauge-tests"))
    cache.mkdir(parents=True, exist_ok=True)
    tarball = cache / f"bookworm-{name}.tar"
    if tarball.exists():
        return tarball
    print(f"making {tarball}: about two minutes, once", flush=True)
    partial = tarball.with_suffix(".partial.tar")
    made = subprocess.run(
        ["mmdebstrap", "--quiet", "--variant=minbase", "--mode=root", f"--include={','.join(packages)}",
         "bookworm", str(partial)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )
    if made.returncode != 0:
        partial.unlink(missing_ok=True)
        raise CannotRun(f"mmdebstrap cannot make a root (is the archive reachable?):\n{made.stdout[-2000:]}")
    partial.rename(tarball)
    by_age = sorted(cache.glob("bookworm-*.tar"), key=lambda file: file.stat().st_mtime)
    for old in by_age[:-ROOTS_MAX]:
        old.unlink(missing_ok=True)
    return tarball


class Container:
    """One boot. Use as a context: it ends the container and removes its files."""

    def __init__(self, tarball: Path):
        self.directory = Path(tempfile.mkdtemp(prefix="flowgauge-container-", dir="/var/tmp"))
        self.root = self.directory / "root"
        self.root.mkdir()
        subprocess.run(["tar", "-C", str(self.root), "-xf", str(tarball)], check=True)
        self.nspawn: subprocess.Popen | None = None
        self.init = 0

    def __enter__(self) -> "Container":
        try:
            self._boot()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.init:
            self._signal_init(signal.SIGRTMIN + 3)  # halt
        if self.nspawn is not None:
            try:
                self.nspawn.wait(20)
            except subprocess.TimeoutExpired:
                self._signal_init(signal.SIGKILL)
                self.nspawn.kill()
                self.nspawn.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _signal_init(self, number: int) -> None:
        try:
            os.kill(self.init, number)
        except ProcessLookupError:
            pass

    def _boot(self) -> None:
        console = self.directory / "console"
        environment = dict(os.environ, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY="1")
        with console.open("w") as output:
            self.nspawn = subprocess.Popen(
                ["systemd-nspawn", "-q", "-D", str(self.root), f"--machine=flowgauge-{os.getpid()}", "--register=no",
                 "--keep-unit", "--private-network", "-b", "--console=passive", "--kill-signal=SIGRTMIN+3",
                 "--capability=CAP_PERFMON", "--system-call-filter=perf_event_open"],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment,
            )
        try:
            wait_for("systemd has booted", self._is_up, BOOT_SECONDS)
        except AssertionError as error:
            raise CannotRun(f"systemd does not boot here: {error}\n{console.read_text()[-2000:]}") from None

    def _is_up(self) -> bool:
        if self.nspawn.poll() is not None:
            raise AssertionError("systemd-nspawn ended")
        if not self.init:
            self.init = self._find_init()
            return False
        state = self.run("systemctl is-system-running", check=False)
        return state.stdout.strip() in ("running", "degraded")

    def _find_init(self) -> int:
        children = Path(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children").read_text().split()
        for child in children:
            try:
                if Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                    return int(child)
            except OSError:
                continue
        return 0

    def run(self, command: str, check: bool = True) -> subprocess.CompletedProcess:
        """Runs a line of shell inside, as root."""
        done = subprocess.run(
            ["nsenter", "-t", str(self.init), "-m", "-u", "-i", "-n", "-p", "-C", "sh", "-c", command],
            capture_output=True, text=True, check=False, timeout=180,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"{command}: status {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def text(self, command: str) -> str:
        return self.run(command).stdout.strip()

    def show(self, unit: str, name: str) -> str:
        return self.text(f"systemctl show -P {name} {unit}")

    def is_active(self, unit: str) -> bool:
        return self.show(unit, "ActiveState") == "active"

    def path(self, inside: str) -> Path:
        return self.root / inside.lstrip("/")

    def write(self, inside: str, text: str) -> None:
        self.path(inside).parent.mkdir(parents=True, exist_ok=True)
        self.path(inside).write_text(text)

    def host_task(self, pid: int, task_name: str) -> int:
        """The number that the host gives to a thread of a process inside, by the thread's name."""
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                numbers = [line.split()[1:] for line in status.read_text().splitlines() if line.startswith("NSpid:")]
                if not numbers or int(numbers[0][-1]) != pid or len(numbers[0]) < 2:
                    continue
                if os.readlink(status.parent / "ns/pid") != os.readlink(f"/proc/{self.init}/ns/pid"):
                    continue
                for task in (status.parent / "task").iterdir():
                    if (task / "comm").read_text().startswith(task_name):
                        return int(task.name)
            except OSError:
                continue
        raise AssertionError(f"process {pid} has no thread {task_name}*")


class FrozenThread:
    """A thread that runs no more while everything else of its process does."""

    SEIZE, INTERRUPT = 0x4206, 0x4207
    WALL = 0x40000000

    def __init__(self, task: int):
        self._frozen = threading.Event()
        self._failure = ""
        # All of ptrace(2) must come from one thread.
        self._tracer = threading.Thread(target=self._trace, args=(task,), daemon=True)
        self._tracer.start()
        if not self._frozen.wait(10) or self._failure:
            raise CannotRun(f"cannot freeze thread {task}: {self._failure}")

    def _trace(self, task: int) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        for request in (self.SEIZE, self.INTERRUPT):
            if libc.ptrace(request, task, None, None) != 0:
                self._failure = os.strerror(ctypes.get_errno())
                self._frozen.set()
                return
        _, status = os.waitpid(task, self.WALL)
        self._failure = "" if os.WIFSTOPPED(status) else "it ended"
        self._frozen.set()
        try:
            os.waitpid(task, self.WALL)  # its end, without which its process could not end
        except ChildProcessError:
            pass
