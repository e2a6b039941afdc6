"""Namespaces and veth pairs, and whether we may make them."""
import contextlib
import ctypes
import itertools
import json
import os
import re
import shutil
import socket

from live.processes import run, wait_for

PREFIX = "fglive-"  # of our namespaces; the process id follows


CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def thread_inside(name):
    """This thread, and no other, is in the namespace meanwhile: for sockets, not for children."""
    with open("/proc/thread-self/ns/net", "rb") as own, \
            open(f"/var/run/netns/{name}", "rb") as other:
        enter(other)
        try:
            yield
        finally:
            enter(own)


def enter(namespace):
    if LIBC.setns(namespace.fileno(), CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Bed:
    """A sending and a receiving namespace, joined by the pairs g0-c0 and g1-c1, or by others."""

    _numbers = itertools.count()

    def __init__(self, pairs=(("g0", "c0"), ("g1", "c1"))):
        number = next(Bed._numbers)
        self.sending = f"{PREFIX}{os.getpid()}-{number}s"
        self.receiving = f"{PREFIX}{os.getpid()}-{number}r"
        self.made = []
        try:
            for name in (self.sending, self.receiving):
                run(["ip", "netns", "add", name])
                self.made.append(name)
                # No foreign frames: no neighbour discovery here, no ARP on the links below.
                self.inside(name, ["sh", "-c", "for i in all default; do f=/proc/sys/net/ipv6/conf/"
                                   "$i/disable_ipv6; [ ! -e $f ] || echo 1 > $f; done"])
            for sender, receiver in pairs:
                self.add_link(sender, receiver)
        except BaseException:
            self.close()
            raise

    @staticmethod
    def entering(name):
        """The words before a command that runs in the namespace."""
        return ["ip", "netns", "exec", name]

    def inside(self, name, command):
        return run([*self.entering(name), *command])

    def add_pair(self, index):
        self.add_link(f"g{index}", f"c{index}")

    def add_link(self, sender, receiver):
        run(["ip", "-n", self.sending, "link", "add", sender, "type", "veth", "peer", "name",
             receiver, "netns", self.receiving])
        ends = ((self.receiving, receiver), (self.sending, sender))
        for name, interface in ends:
            run(["ip", "-n", name, "link", "set", interface, "arp", "off", "mtu", "1500"])
            self.offloads_off(name, interface)
        for name, interface in ends:
            run(["ip", "-n", name, "link", "set", interface, "up"])
        wait_for(f"carrier on {receiver}", 10, lambda: self.is_up(receiver))

    @staticmethod
    def offloads_off(name, interface):
        if shutil.which("ethtool"):
            run(["ip", "netns", "exec", name, "ethtool", "-K", interface, "tx", "off", "gso", "off",
                 "tso", "off", "gro", "off"], check=False)
        else:
            run(["ip", "-n", name, "link", "set", interface, "gso_max_size", "1500"], check=False)

    def is_up(self, interface):
        return self.link(self.receiving, interface).get("operstate") == "UP"

    @staticmethod
    def link(name, interface):
        answer = run(["ip", "-n", name, "-j", "-s", "link", "show", interface])
        return json.loads(answer.stdout)[0]

    def received(self, interface):
        return self.link(self.receiving, interface)["stats64"]["rx"]["packets"]

    def lost_on_the_way(self, interface):
        return self.dropped_by_sender("g" + interface[1:])

    def dropped_by_sender(self, sender):
        return self.link(self.sending, sender)["stats64"]["tx"]["dropped"]

    def change(self, interface, *words):
        """`ip link set` in the receiving namespace."""
        run(["ip", "-n", self.receiving, "link", "set", interface, *words])

    def delete(self, interface):
        run(["ip", "-n", self.receiving, "link", "del", interface])

    def close(self):
        for name in self.made:
            run(["ip", "netns", "del", name], check=False)
        self.made = []


def kernel_queues_empty():
    """Whether each CPU has, at one moment, no packet between device and packet socket."""
    with open("/proc/net/softnet_stat", encoding="ascii") as file:
        lines = [line.split() for line in file]
    return all(len(line) <= 11 or int(line[11], 16) == 0 for line in lines)


def remove_stale_namespaces():
    for line in run(["ip", "netns", "list"], check=False).stdout.splitlines():
        name = line.split()[0] if line.split() else ""
        found = re.fullmatch(re.escape(PREFIX) + r"(\d+)-\d+[sr]", name)
        if found and not os.path.exists(f"/proc/{found.group(1)}"):
            run(["ip", "netns", "del", name], check=False)


def skip_reason():
    rights = "root with CAP_SYS_ADMIN, CAP_NET_ADMIN and CAP_NET_RAW"
    if os.geteuid() != 0:
        return f"not root: the live tests need {rights} for namespaces and packet sockets"
    if not shutil.which("ip"):
        return "no program `ip` (iproute2) to make network namespaces with"
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except OSError as error:
        return f"no packet socket ({error}): CAP_NET_RAW is missing; the tests need {rights}"
    name = f"{PREFIX}{os.getpid()}-0s"
    done = run(["ip", "netns", "add", name], check=False)
    if done.returncode != 0:
        return (f"no network namespace ({done.stderr.strip()}): CAP_SYS_ADMIN is missing; "
                f"the tests need {rights}")
    done = run(["ip", "-n", name, "link", "add", "g0", "type", "veth", "peer", "name", "c0"],
               check=False)
    run(["ip", "netns", "del", name], check=False)
    if done.returncode != 0:
        return (f"no veth pair ({done.stderr.strip()}): CAP_NET_ADMIN or the veth module is "
                f"missing; the tests need {rights}")
    return None
