#!/usr/bin/env python3
"""One real Apache Kafka broker (KRaft) on loopback, for tests; jars come from Maven Central. And librdkafka's
mock of one.

As a program: broker.py DIRECTORY [--port PORT] [--topic NAME ...] runs a broker until it is ended
by SIGINT or SIGTERM, and writes its address as the first line. Exit status 77 without Java 17,
Maven or Maven Central.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

SKIPPED = 77
VERSION = os.environ.get("FLOWGAUGE_KAFKA_VERSION", "3.9.1")  # 4.0.0 works, too

POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tests</groupId><artifactId>kafka-broker</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{version}</version></dependency>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>{version}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-reload4j</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
"""

LOGGING = """log4j.rootLogger=WARN, e
log4j.appender.e=org.apache.log4j.ConsoleAppender
log4j.appender.e.Target=System.err
log4j.appender.e.layout=org.apache.log4j.PatternLayout
log4j.appender.e.layout.ConversionPattern=[%d] %p %m (%c)%n
"""

PROPERTIES = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={logs}
num.partitions=4
auto.create.topics.enable=false
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=true
"""


class Unavailable(Exception):
    """What a broker needs is not to be had here."""


def cache_folder() -> Path:
    return Path(os.environ.get("FLOWGAUGE_CACHE", "/var/cache/flowgauge-tests")) / f"kafka-{VERSION}"


def java_is_new_enough() -> bool:
    if shutil.which("java") is None:
        return False
    shown = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    number = shown.partition('"')[2].partition(".")[0]
    return number.isdigit() and int(number) >= 17


def fetched_jars() -> Path:
    """The folder of the broker's jars, made once."""
    jars = cache_folder() / "lib"
    if not java_is_new_enough():
        raise Unavailable("no Java 17 (Debian: openjdk-17-jre-headless)")
    if (cache_folder() / "complete").exists():
        return jars
    if shutil.which("mvn") is None:
        raise Unavailable("no Maven (Debian: maven)")
    cache_folder().mkdir(parents=True, exist_ok=True)
    (cache_folder() / "pom.xml").write_text(POM.format(version=VERSION))
    command = ["mvn", "-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={jars}"]
    try:
        done = subprocess.run(command, cwd=cache_folder(), capture_output=True, text=True, timeout=600, check=False)
    except subprocess.TimeoutExpired as late:
        raise Unavailable("Maven Central does not answer") from late
    if done.returncode != 0:
        raise Unavailable("Maven Central does not give Kafka's jars: " + done.stdout[-300:].strip())
    (cache_folder() / "complete").touch()
    return jars


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Broker:
    """Its data outlives stop() and kill(), so that start() goes on where it was."""

    def __init__(self, folder: Path, port: int = 0, within: tuple[str, ...] = ()) -> None:
        """`within`: words before each command, for a namespace."""
        self.jars = fetched_jars()
        self.within = within
        self.folder = folder
        self.port = port or free_port()
        self.process: subprocess.Popen | None = None
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "log4j.properties").write_text(LOGGING)
        self.properties = folder / "server.properties"
        self.properties.write_text(
            PROPERTIES.format(port=self.port, controller=free_port(), logs=folder / "logs")
        )
        identity = self._java("kafka.tools.StorageTool", "random-uuid").strip().splitlines()[-1]
        self._java("kafka.tools.StorageTool", "format", "-t", identity, "-c", str(self.properties))

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def _command(self, *words: str) -> list[str]:
        return [
            *self.within, "java", "-Xmx512m", f"-Dlog4j.configuration=file:{self.folder}/log4j.properties",
            "-cp", f"{self.jars}/*", *words,
        ]  # fmt: skip

    def _java(self, *words: str) -> str:
        done = subprocess.run(self._command(*words), capture_output=True, text=True, timeout=120, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{words[0]} failed: {done.stdout[-1000:]}{done.stderr[-1000:]}")
        return done.stdout

    def start(self, patience: float = 120) -> None:
        with open(self.folder / "broker.log", "ab") as log:
            self.process = subprocess.Popen(  # noqa: S603
                self._command("kafka.Kafka", str(self.properties)), stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError("the broker ended: " + (self.folder / "broker.log").read_text()[-2000:])
            if self.answers():
                return
            time.sleep(0.2)
        raise RuntimeError("the broker does not answer")

    def answers(self) -> bool:
        asked = subprocess.run(
            [*self.within, "kcat", "-b", self.address, "-L", "-m", "2"], capture_output=True, text=True, check=False
        )
        return asked.returncode == 0 and "1 brokers" in asked.stdout

    def create_topic(self, name: str, partitions: int = 4) -> None:
        self._java(
            "org.apache.kafka.tools.TopicCommand", "--bootstrap-server", self.address, "--create", "--topic", name,
            "--partitions", str(partitions),
        )  # fmt: skip

    def forbid(self, topic: str) -> None:
        """Nobody may write to it or see it, until permit()."""
        self._change_rights("--add", topic)

    def permit(self, topic: str) -> None:
        self._change_rights("--remove", topic, "--force")

    def _change_rights(self, change: str, topic: str, *words: str) -> None:
        self._java(
            "kafka.admin.AclCommand", "--bootstrap-server", self.address, change, "--topic", topic,
            "--deny-principal", "User:ANONYMOUS", "--operation", "Write", "--operation", "Describe", *words,
        )  # fmt: skip

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """It neither answers nor closes a connection, until resume()."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def _end(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def read_all(self, topic: str) -> list[tuple[str, str]]:
        """Key and value of every message, each partition in its order."""
        done = subprocess.run(
            [*self.within, "kcat", "-b", self.address, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-f", "%k %s\\n"],
            capture_output=True, text=True, timeout=300, check=True,
        )  # fmt: skip
        return [tuple(line.split(" ", 1)) for line in done.stdout.splitlines()]


class MockBroker:
    """The stand-alone mock cluster, with the verbs of the real broker."""

    def __init__(self, program: str, *topics: str) -> None:
        """Has the topic `flows`, and `topics`."""
        self.within: tuple[str, ...] = ()
        self.process = subprocess.Popen(  # noqa: S603
            [program, "1", "4", *topics], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.address = self.process.stdout.readline().strip()

    def say(self, line: str) -> None:
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait(30)

    read_all = Broker.read_all


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--topic", action="append", default=[])
    options = parser.parse_args()
    try:
        broker = Broker(options.directory, options.port)
    except Unavailable as reason:
        print(f"skipped: {reason}", file=sys.stderr)
        return SKIPPED
    broker.start()
    try:
        for topic in options.topic:
            broker.create_topic(topic)
        print(broker.address, flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    finally:
        broker.stop()
    return 0


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    sys.exit(main())
