#!/usr/bin/env python3
"""The transport against brokers that are hurt while it works: everything arrives, once, in the order of
each key. With `rights`, which are taken from it for a while, the order may suffer.

Usage: kafka_test.py --produce PRODUCE --broker real --mode kill|stop|topic|rights
       kafka_test.py --produce PRODUCE --broker mock --mock-broker MOCK_BROKER --mode down
Exit status 77 without kcat, or what the real broker needs.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import broker as real

SKIPPED = 77
COUNT = 100_000
RATE = 20_000  # a second: five seconds without an outage
OUTAGE = {"kill": 5.0, "stop": 60.0, "rights": 20.0, "down": 3.0}
PROGRESS = 30_000  # messages; then the outage begins


def expect(holds: bool, text: str) -> None:
    if not holds:
        raise AssertionError(text)


def check_messages(messages: list[tuple[str, str]], repeated: int, ordered: bool = True) -> None:
    last: dict[str, int] = {}
    seen: set[int] = set()
    for key, value in messages:
        number = int(value.split(" ", 1)[0])
        if number not in seen:
            expect(key == f"flow{number % 100}", f"message {number} has the key {key}")
            expect(not ordered or last.get(key, -1) < number, f"{key}: {number} behind {last.get(key)}")
            last[key] = number
        seen.add(number)
    missing = COUNT - len(seen)
    expect(missing == 0, f"{missing} messages are missing")
    twice = len(messages) - len(seen)
    expect(twice <= repeated, f"{twice} messages are there twice, {repeated} were said to be possible")
    print(f"{len(seen)} messages, {twice} twice")


def wait_for_progress(address: str) -> None:
    """Until the broker has a part of the messages: its partitions' ends say how many."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        words = ["kcat", "-b", address, "-Q", "-t", "flows:0:-1", "-t", "flows:1:-1", "-t", "flows:2:-1", "-t", "flows:3:-1"]
        asked = subprocess.run(words, capture_output=True, text=True, check=False)
        if sum(int(n) for n in re.findall(r"offset (\d+)", asked.stdout)) >= PROGRESS:
            return
        time.sleep(0.05)
    raise AssertionError("the broker gets nothing")


def produce(program: str, address: str) -> subprocess.Popen:
    return subprocess.Popen(  # noqa: S603
        [program, address, "flows", str(COUNT), str(RATE), "reconnect.backoff.max.ms=1000"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def outcome_of(process: subprocess.Popen) -> dict[str, int]:
    text, _ = process.communicate(timeout=240)
    print(text.strip())
    expect(process.returncode == 0, f"produce ended with {process.returncode}")
    return {name: int(number) for name, number in re.findall(r"(\w+) (\d+)", text)}


def run_real(options: argparse.Namespace, folder: Path) -> None:
    broker = real.Broker(folder)
    broker.start()
    process = None
    try:
        if options.mode != "topic":
            broker.create_topic("flows")
        process = produce(options.produce, broker.address)
        if options.mode == "topic":
            time.sleep(8)  # librdkafka's patience with a topic that may be on its way is 30 s
            expect(process.poll() is None, "the producer ended without a topic")
            broker.create_topic("flows")
        elif options.mode == "rights":
            wait_for_progress(broker.address)
            broker.forbid("flows")
            time.sleep(OUTAGE["rights"])
            expect(process.poll() is None, "the producer ended without the right to write")
            broker.permit("flows")
        else:
            wait_for_progress(broker.address)
            broker.kill() if options.mode == "kill" else broker.stop()
            time.sleep(OUTAGE[options.mode])
            expect(process.poll() is None, "the producer ended before the broker was back")
            broker.start()
        outcome = outcome_of(process)
        expect(outcome["acknowledged"] == COUNT, "not everything was acknowledged")
        check_messages(broker.read_all("flows"), outcome["repeated"], ordered=options.mode != "rights")
    finally:
        if process is not None and process.poll() is None:
            process.kill()
        broker.stop()


def run_mock(options: argparse.Namespace) -> None:
    broker = real.MockBroker(options.mock_broker)
    process = None
    try:
        process = produce(options.produce, broker.address)
        wait_for_progress(broker.address)
        broker.say("down 1")
        time.sleep(OUTAGE["down"])
        broker.say("up 1")
        outcome = outcome_of(process)
        expect(outcome["acknowledged"] == COUNT, "not everything was acknowledged")
        check_messages(broker.read_all("flows"), outcome["repeated"])
    finally:
        if process is not None and process.poll() is None:
            process.kill()
        broker.end()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--produce", required=True)
    parser.add_argument("--broker", choices=("real", "mock"), required=True)
    parser.add_argument("--mock-broker")
    parser.add_argument("--mode", choices=("kill", "stop", "topic", "rights", "down"), required=True)
    options = parser.parse_args()
    if shutil.which("kcat") is None:
        print("skipped: no kcat")
        return SKIPPED
    if options.broker == "mock":
        run_mock(options)
        return 0
    with tempfile.TemporaryDirectory(prefix="flowgauge-kafka-") as folder:
        try:
            run_real(options, Path(folder))
        except real.Unavailable as reason:
            print(f"skipped: {reason}")
            return SKIPPED
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except AssertionError as failure:
        sys.exit(f"FAILED: {failure}")
