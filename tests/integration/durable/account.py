"""What has arrived of the flows that were sent, and what should have."""
import array
import threading

from durable import flows

GROWTH = 1 << 18  # numbers


class Account:
    """Of one sink. Thread: any; the lock is held while a record is entered."""

    def __init__(self, name):
        self.name = name
        self.lock = threading.Lock()
        self.uid_of = array.array("Q")
        self.committed = bytearray()  # was seen in the spool
        self.order = []  # numbers as they came, if wanted
        self.keeps_order = False
        self.arrived = self.repeated = self.cut = 0  # the last: of fewer packets than were sent
        self.wrong = []

    def reach(self, number):
        grown = GROWTH * (1 + number // GROWTH)
        if grown > len(self.committed):
            self.uid_of.frombytes(bytes(8 * (grown - len(self.uid_of))))
            self.committed.extend(bytes(grown - len(self.committed)))

    def enter(self, record):
        number, uid, packets = record
        with self.lock:
            self.reach(number)
            if self.uid_of[number] == uid:
                self.repeated += 1
            elif self.uid_of[number]:
                self.wrong.append(f"flow {number} came as {self.uid_of[number]} and as {uid}")
            else:
                self.uid_of[number] = uid
                self.arrived += 1
                self.cut += packets < flows.packets_of(number)
                if self.keeps_order:
                    self.order.append(number)

    def commit(self, number):
        """It was seen in the spool. Returns whether it is so for the first time."""
        with self.lock:
            self.reach(number)
            is_new = not self.committed[number]
            self.committed[number] = 1
            return is_new

    def lost(self):
        """Numbers of flows that were in the spool and never came."""
        return [number for number, seen in enumerate(self.committed) if seen and not self.uid_of[number]]

    def missing(self, sent):
        return sum(uid == 0 for uid in self.uid_of[:sent]) + max(0, sent - len(self.uid_of))

    def check(self, sent):
        """What is wrong with what came, now that nothing more comes. `sent`: how many flows."""
        uids = [uid for uid in self.uid_of if uid]
        if len(set(uids)) != len(uids):
            self.wrong.append(f"{len(uids) - len(set(uids))} flow_uids stand for two flows")
        if any(self.uid_of[sent:]):
            self.wrong.append("flows that were never sent")
        return [f"{self.name}: {text}" for text in self.wrong[:10]]
