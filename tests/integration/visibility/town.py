"""The host that is watched, the world it talks to, and a guest whose namespace is routed by it."""
import ctypes
import os

from live.network import LIBC, PREFIX, Bed
from live.processes import run

CLONE_NEWNS = 0x00020000
MS_REC_PRIVATE = 0x4000 | 0x40000

HOST, WORLD, GUEST = "10.77.0.1", "10.77.0.2", "10.78.0.2"
HOST6, WORLD6 = "fd77::1", "fd77::2"
TRACING = "/sys/kernel/tracing"

SYSCTLS = {
    "net/ipv4/ip_local_port_range": "10000 65535",
    "net/ipv4/tcp_tw_reuse": "1",
    "net/ipv4/ip_forward": "1",
    "net/ipv6/conf/all/disable_ipv6": "0",
    "net/ipv6/conf/default/disable_ipv6": "0",
    "net/ipv6/conf/lo/disable_ipv6": "0",
}


class Town(Bed):
    """Host and world are joined by c0-g0, host and guest by k0-e0."""

    def __init__(self):
        super().__init__((("g0", "c0"),))
        self.host, self.world = self.receiving, self.sending
        try:
            self.guest = f"{PREFIX}{os.getpid()}-{next(Bed._numbers)}s"
            run(["ip", "netns", "add", self.guest])
            self.made.append(self.guest)
            for name in self.made:
                self.set_up(name)
            self.add_guest()
            self.add_addresses()
        except BaseException:
            self.close()
            raise

    @staticmethod
    def entering(name):
        """Unlike `ip netns exec` this leaves /sys as it is, with control groups and tracing."""
        return ["nsenter", f"--net=/var/run/netns/{name}"]

    def set_up(self, name):
        writes = " && ".join(f"echo '{value}' > /proc/sys/{key}" for key, value in SYSCTLS.items())
        self.inside(name, ["sh", "-c", writes])
        run(["ip", "-n", name, "link", "set", "lo", "up"])

    def add_guest(self):
        run(["ip", "-n", self.host, "link", "add", "k0", "type", "veth", "peer", "name", "e0",
             "netns", self.guest])
        for name, interface, address in ((self.host, "k0", "10.78.0.1/24"),
                                         (self.guest, "e0", f"{GUEST}/24")):
            run(["ip", "-n", name, "addr", "add", address, "dev", interface])
            run(["ip", "-n", name, "link", "set", interface, "up"])
        run(["ip", "-n", self.guest, "route", "add", "default", "via", "10.78.0.1"])

    def add_addresses(self):
        for name, interface, address, address6 in ((self.host, "c0", HOST, HOST6),
                                                   (self.world, "g0", WORLD, WORLD6)):
            self.inside(name, ["sh", "-c",
                               f"echo 0 > /proc/sys/net/ipv6/conf/{interface}/disable_ipv6"])
            run(["ip", "-n", name, "link", "set", interface, "arp", "on"])
            run(["ip", "-n", name, "addr", "add", f"{address}/24", "dev", interface])
            run(["ip", "-n", name, "addr", "add", f"{address6}/64", "dev", interface, "nodad"])
        run(["ip", "-n", self.world, "route", "add", "10.78.0.0/24", "via", HOST])


def own_mounts():
    """Of this thread and its children; before any thread. Names of namespaces vanish with them."""
    if LIBC.unshare(CLONE_NEWNS) != 0 or \
            LIBC.mount(b"none", b"/", None, MS_REC_PRIVATE, None) != 0:
        raise OSError(ctypes.get_errno(), "mounts of our own")
    os.makedirs("/run/netns", exist_ok=True)
    run(["mount", "-t", "tmpfs", "tmpfs", "/run/netns"])


def mount_tracing():
    """Whether the kernel's trace points can be seen."""
    if not os.path.isdir(f"{TRACING}/events"):
        run(["mount", "-t", "tracefs", "tracefs", TRACING], check=False)
    return os.path.isdir(f"{TRACING}/events/sock/inet_sock_set_state")
