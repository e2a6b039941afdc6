"""What sockets and their processes may look like beyond the plain case, all in one run.

Each case starts what it is about, and gives back what to expect of the records of it.
"""
import contextlib
import os
import socket

from live.network import thread_inside
from live.outcome import Failure, expect
from visibility.programs import Running, Truths, client, renamed, server
from visibility.sensor import Watch, options
from visibility.town import HOST, WORLD
from visibility.truth import Records, describe, score

CONTAINER_ID = "0123456789abcdef" * 4
LISTENER, REFUSED = 6001, 6002
SHARED_SAME, SHARED_OTHER, DUAL_STACK, LOOPBACK = 6101, 6102, 6103, 6104


class Street:
    """One run of the sensor, and all who live in it."""

    def __init__(self, settings, town, programs, watch, stack):
        self.settings, self.town, self.programs = settings, town, programs
        self.watch, self.stack = watch, stack
        self.to_world = f"{WORLD}:{LISTENER}"
        self.stack.enter_context(server(town, town.world, programs.server, listen=self.to_world))

    def truths(self):
        return Truths(self.settings.folder)

    def oddity(self, mode, truths, **more):
        running = self.stack.enter_context(client(
            self.town, self.town.host, self.programs.oddity, mode, truths, to=self.to_world,
            **more))
        return running.wait_ready()

    def named_server(self, name, **ends):
        folder = renamed(self.settings.folder, self.programs.server, name)
        return self.server(f"{folder}/{name}", **ends)

    def server(self, program, **ends):
        return self.stack.enter_context(server(self.town, self.town.host, program, **ends))

    def clients(self, where, truths, to, count=20, **more):
        with client(self.town, where, self.programs.client, "same", truths, to=to, count=count,
                    **more) as running:
            running.wait_done(60)


def held(street, mode, share=1.0, **more):
    """A connection that is held in an odd way: its process is found, and never another."""
    truths = street.truths()
    street.oddity(mode, truths, **more)
    street.watch.look()

    def judge(records):
        found = score(records, truths.read())
        found.expect(mode, share)
        return found
    return judge


def in_flight(street):
    """No process holds it: only who connected is known, and that from events alone."""
    truths = street.truths()
    street.oddity("in_flight", truths)
    street.watch.look()

    def judge(records):
        found = score(records, truths.read())
        found.expect("in_flight", 0.0)
        if street.watch.told == "off":
            # Unless a look fell into the moment between its connect(2) and its sendmsg(2).
            expect(found.right == 1 or (found.matches["uid_only"] == 1 and
                                        found.reasons["no_fd"] == 1), f"in_flight: {found}")
        else:
            expect(found.right == 1 and found.matches["event"] == 1, f"in_flight: {found}")
        return found
    return judge


def shared_port(street, port, names, pids_known):
    """SO_REUSEPORT. Of programs alike any will do; of others none is said unless it is known."""
    folder = renamed(street.settings.folder, street.programs.server, *names)
    servers = [street.server(f"{folder}/{name}", listen=f"{HOST}:{port}", reuse_port=1)
               for name in names * (3 - len(names))]
    street.watch.look()
    truths = street.truths()
    street.clients(street.town.world, truths, f"{HOST}:{port}", lifetime_us=500)

    def judge(records):
        pids = [one.pid for one in servers]
        found = score(records, truths.read(), owner=(pids, names[0]))
        if pids_known:
            found.expect(f"SO_REUSEPORT {port}", 1.0)
            return found
        expect(not found.wrong_pids and not found.no_record, f"SO_REUSEPORT {port}: {found}")
        for row in (row for truth in truths.read() for row in records.of(truth)):
            owner = {one.pid: one.name for one in servers}.get(int(row["system_process_pid"]), "")
            expect(row["system_process_name"] == owner, f"SO_REUSEPORT {port}: name of another")
            expect(owner or row["system_reason"] == "ambiguous", f"SO_REUSEPORT {port}: {found}")
            expect(not owner or row["system_match"] == "exact",
                   f"SO_REUSEPORT {port}: a guess: {describe(row)}")
        expect(found.reasons["ambiguous"] > 0, f"SO_REUSEPORT {port}: none is ambiguous: {found}")
        return found
    return judge


def dual_stack(street):
    """A server of `::` and a client of it that come by IPv4."""
    serving = street.named_server("dual-server", listen=f"[::]:{DUAL_STACK}",
                                  udp=f"[::]:{DUAL_STACK}")
    street.watch.look()
    inbound, datagrams, outbound = (street.truths() for _ in range(3))
    street.clients(street.town.world, inbound, f"{HOST}:{DUAL_STACK}")
    street.clients(street.town.world, datagrams, f"{HOST}:{DUAL_STACK}", protocol="udp")
    street.clients(street.town.host, outbound, f"[::ffff:{WORLD}]:{LISTENER}", count=3,
                   lifetime_us=400_000)

    def judge(records):
        found = score(records, inbound.read(), owner=(serving.pid, serving.name))
        found.expect("dual-stack server", 1.0)
        score(records, datagrams.read(), "udp", (serving.pid, serving.name)).expect(
            "dual-stack server of UDP", 1.0)
        score(records, outbound.read()).expect("mapped client", 1.0)
        return found
    return judge


def guest(street):
    """A client in another network namespace of the machine, whose packets the host forwards."""
    truths = street.truths()
    street.clients(street.town.guest, truths, street.to_world, count=4, threads=4,
                   lifetime_us=1_000_000)

    def judge(records):
        found = score(records, truths.read())
        found.expect("client in another namespace", 1.0)
        return found
    return judge


def loopback(street):
    """Both ends are of this machine: the record says both."""
    serving = street.named_server("loop-server", listen=f"127.0.0.1:{LOOPBACK}")
    truths = street.truths()
    street.clients(street.town.host, truths, f"127.0.0.1:{LOOPBACK}", count=4, threads=4,
                   lifetime_us=500_000)

    def judge(records):
        found = score(records, truths.read())
        found.expect("loopback", 1.0)
        for row in (row for truth in truths.read() for row in records.of(truth)):
            expect((row["system_peer_process_pid"], row["system_peer_process_name"]) ==
                   (str(serving.pid), serving.name), f"peer on loopback: {row}")
        return found
    return judge


def refused(street):
    """A connection that nobody takes has a process, too, where events tell of it."""
    truths = street.truths()
    for number in range(5):
        with client(street.town, street.town.host, street.programs.client, "once", truths,
                    to=f"{WORLD}:{REFUSED}", bind=f"{5100 + number}-0", must_connect=0) as running:
            running.wait_done(20)

    def judge(records):
        found = score(records, truths.read())
        found.expect("refused", 0.0 if street.watch.told == "off" else 1.0)
        return found
    return judge


def deleted(street):
    """The file of the program is gone: name and path are still those that it had."""
    folder = renamed(street.settings.folder, street.programs.client, "deleted-later")
    program = f"{folder}/deleted-later"
    truths = street.truths()
    running = street.stack.enter_context(client(
        street.town, street.town.host, program, "same", truths, to=street.to_world, count=1,
        lifetime_us=600_000))
    street.watch.look(1)
    os.unlink(program)
    running.wait_done(20)

    def judge(records):
        found = score(records, truths.read())
        found.expect("deleted program", 1.0)
        for row in (row for truth in truths.read() for row in records.of(truth)):
            expect(row["system_process_exe"] == program, f"deleted program: {row}")
        return found
    return judge


def container(street):
    """A control group that is called as Docker calls those of containers."""
    group = make_group(f"docker-{CONTAINER_ID}.scope")
    truths = street.truths()
    join = f"echo $$ > {group}/cgroup.procs && exec \"$@\""
    with Running(street.town, street.town.host,
                 ["sh", "-c", join, "sh", street.programs.client, "same", "--truth", truths.path,
                  "--to", street.to_world, "--count", "3", "--threads", "3", "--lifetime-us",
                  "500000"]) as running:
        running.wait_done(20)
    os.rmdir(group)

    def judge(records):
        found = score(records, truths.read())
        found.expect("container", 1.0)
        for row in (row for truth in truths.read() for row in records.of(truth)):
            expect(row["system_container_id"] == CONTAINER_ID, f"container: {row}")
            expect(row["system_cgroup"].endswith(f"/docker-{CONTAINER_ID}.scope"), str(row))
        return found
    return judge


class NoGroup(Exception):
    """Why there can be no control group of ours."""


def make_group(name):
    with open("/proc/self/mounts", encoding="utf-8") as file:
        mounts = [line.split()[1] for line in file if line.split()[2] == "cgroup2"]
    if not mounts:
        raise NoGroup("no unified hierarchy of control groups is mounted")
    group = os.path.join(mounts[0], name)
    try:
        os.mkdir(group)
    except FileExistsError:
        pass
    except OSError as error:
        raise NoGroup(f"{group}: {error}") from None
    return group


def silent_listener(street):
    """Not accepted yet: the connection is the listener's."""
    names = street.town.host
    with thread_inside(names):
        serving = street.stack.enter_context(socket.create_server((HOST, 6105), backlog=8))
    street.watch.look()
    truths = street.truths()
    street.clients(street.town.world, truths, f"{HOST}:6105", count=4, threads=4,
                   lifetime_us=300_000)

    def judge(records):
        with open("/proc/self/comm", encoding="ascii") as file:
            name = file.read().strip()
        found = score(records, truths.read(), owner=(os.getpid(), name))
        found.expect("not accepted", 1.0)
        expect(found.matches["listener"] == found.total, f"not accepted: {found}")
        serving.close()
        return found
    return judge


def odd_cases(street):
    programs = renamed(street.settings.folder, street.programs.client, "first-program",
                       "second-program")
    return {
        "thread with its own table": lambda: held(street, "thread_table"),
        "leader has ended": lambda: held(street, "exited_leader"),
        "shared by fork": lambda: held(street, "fork_shared"),
        "descriptor in flight": lambda: in_flight(street),
        "same pid, another program": lambda: held(street, "same_pid", programs=programs),
        "SO_REUSEPORT, one program": lambda: shared_port(street, SHARED_SAME, ["twin"], True),
        "SO_REUSEPORT, two programs": lambda: shared_port(street, SHARED_OTHER,
                                                          ["cain", "abel"], False),
        "dual stack": lambda: dual_stack(street),
        "another namespace": lambda: guest(street),
        "loopback": lambda: loopback(street),
        "refused": lambda: refused(street),
        "deleted program": lambda: deleted(street),
        "not accepted": lambda: silent_listener(street),
        "container": lambda: container(street),
    }


def oddities(settings, town, programs, events):
    problems = []
    # With events a period of 100 ms is that of nobody's choice, and would be stretched to 1 s.
    with Watch(settings, town, options(events, poll_ms=90), interfaces=("c0", "lo")) as watch, \
            contextlib.ExitStack() as stack:
        watch.told = watch.events_in_force()
        street = Street(settings, town, programs, watch, stack)
        judges = {}
        for name, case in odd_cases(street).items():
            try:
                judges[name] = case()
            except NoGroup as reason:
                print(f"   {name}: skipped: {reason}")
            except Failure as failure:
                problems.append(f"{name}: {failure}")
        records = Records(watch.finish())
    for name, judge in judges.items():
        try:
            print(f"   {name}: {judge(records)}", flush=True)
        except Failure as failure:
            problems.append(f"{name}: {failure}")
    if problems:
        raise Failure("\n".join(problems))
    return f"{len(judges)} cases, events {watch.told}"
