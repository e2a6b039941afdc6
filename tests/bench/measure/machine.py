"""What figures were measured on, and where they are written down."""
import datetime
import os
import pathlib
import shutil
import subprocess

from measure.children import Failed, run

ROOT = pathlib.Path(__file__).resolve().parents[3]
DOCUMENT = ROOT / "docs" / "PERFORMANCE.md"

# What the tools of SHARED/tools/traffic and the namespaces need.
TRAFFIC_PACKAGES = ["make", "g++", "clang", "bpftool", "libbpf-dev", "iproute2", "ethtool",
                    "procps"]


def _first(path, prefix):
    with open(path, encoding="utf-8") as file:
        found = (line.split(":", 1)[1].strip() for line in file if line.startswith(prefix))
        return next(found, "?")


def available_bytes():
    """Memory that can be had without swapping."""
    return int(_first("/proc/meminfo", "MemAvailable").split()[0]) * 1024


def commit():
    """The last commit that changed the program; `+` for changes that are not committed."""
    program = ["core", "capture", "config", "crypto", "export", "service", "pipeline", "offline",
               "sensor", "command", "extension", "plugins", "sdk", "cmake", "CMakeLists.txt"]
    try:
        last = run(["git", "-C", ROOT, "log", "-1", "--format=%h", "--", *program]).strip()
        changed = run(["git", "-C", ROOT, "status", "--porcelain", "--", *program]).strip()
    except Failed:
        return "unknown"
    return last + ("+" if changed else "")


def described(flowgauge):
    """One line: date, commit, program, machine."""
    total = int(_first("/proc/meminfo", "MemTotal").split()[0]) / 1024 / 1024
    return (f"{datetime.date.today()}, commit {commit()}, `{os.path.relpath(flowgauge, ROOT)}`; "
            f"{os.cpu_count()} CPUs ({_first('/proc/cpuinfo', 'model name')}), {total:.0f} GiB, "
            f"Linux {os.uname().release}")


def append(name, text):
    """Puts `text` before older results of the script `name` in docs/PERFORMANCE.md."""
    marker = f"<!-- results of {name}, newest first -->\n"
    whole = DOCUMENT.read_text(encoding="utf-8")
    if marker not in whole:
        raise Failed(f"{DOCUMENT}: no line {marker.strip()}")
    DOCUMENT.write_text(whole.replace(marker, f"{marker}\n{text.strip()}\n", 1), encoding="utf-8")


def install(packages):
    """Debian packages, as root. Services that come with them are disabled: none is wanted."""
    missing = [name for name in packages if subprocess.run(
        ["dpkg-query", "-W", "-f", "${Status}", name], capture_output=True, check=False,
        text=True).stdout != "install ok installed"]
    if not missing:
        return
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    units_before = enabled_units()
    run(["apt-get", "update", "-q"], timeout=600)
    run(["apt-get", "install", "-y", "-q", "--no-install-recommends", *missing], timeout=900)
    new_units = sorted(enabled_units() - units_before)
    if new_units:
        run(["systemctl", "disable", *new_units], check=False)
        for unit in new_units:  # where systemd runs they may have been started, too
            run(["systemctl", "stop", unit], check=False)
    print(f"installed {', '.join(missing)}; disabled {', '.join(new_units) or 'no service'}")


def enabled_units():
    folder = pathlib.Path("/etc/systemd/system/multi-user.target.wants")
    return {unit.name for unit in folder.iterdir()} if folder.is_dir() else set()


def need_disk(folder, count):
    free = shutil.disk_usage(folder).free
    if free < count:
        raise Failed(f"{folder}: {free / 1e9:.1f} GB free, {count / 1e9:.1f} GB needed")
