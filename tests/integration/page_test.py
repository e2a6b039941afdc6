#!/usr/bin/env python3
"""The page at `/` in headless Chromium, against a sensor that only answers.

    page_test.py --page page.cpp --sensor SAMPLE_SENSOR [--screenshots DIRECTORY]

page.cpp is what the build made of web/page.html. Exit status: 0 all well, 1 not, 77 without Chromium.
"""
import argparse
import pathlib
import re
import sys

from people.browser import Browser, find_chromium
from people.fake_sensor import FakeSensor, SampleSensor

EVIL = "<img src=x onerror=window.owned=1>"
POINTS = "[...document.querySelectorAll('svg path.series0')].map(path => (path.getAttribute('d') || '').split('L').length)"


def expect(condition, text):
    if not condition:
        raise AssertionError(text)


def embedded(path):
    """The page and its policy as the program has them."""
    source = path.read_text(encoding="utf-8")
    page = "".join(re.findall(r'R"page\((.*?)\)page"', source, re.S))
    policy = source.partition("page_policy() noexcept {")[2]
    return page.encode(), "".join(re.findall(r'"([^"\n]*)"', policy))


def text_of(browser, element):
    return browser.value(f"document.getElementById('{element}').innerText")


def start_sensor(page, policy, port=0):
    sensor = FakeSensor(port)
    sensor.page = page
    sensor.page_headers = [("Content-Security-Policy", policy)]
    return sensor


def shows_a_sensor(browser, sensor):
    browser.open(f"http://127.0.0.1:{sensor.port}/")
    browser.wait_for(f"{POINTS}.length === 6 && {POINTS}.every(points => points >= 4)")
    expect(browser.value("document.title") == "gate-1", "title")
    expect(text_of(browser, "state") == "running, not ready", text_of(browser, "state"))
    charts = text_of(browser, "charts")
    for text in ("3,300/s", "21.1 Mbit/s", "20/s dropped", "0/s rejected", "75/s", "100.0%"):
        expect(text in charts, f"{text}: {charts}")
    label = browser.value("document.querySelector('svg').getAttribute('aria-label')")
    expect(label == "Packets: now 3,300/s, at most 3,300/s in the last 5 minutes", label)
    problems = text_of(browser, "problems")
    for text in ("less than 1 GiB free", "dropped by the kernel", "worker 1 of edge", "CAP_NET_RAW", "ethtool -K",
                 "the last reload was refused", "flows.max_flows"):
        expect(text in problems, f"{text}: {problems}")
    expect("2.00 Mbit/s" in text_of(browser, "applications"), text_of(browser, "applications"))
    processes = text_of(browser, "owners")
    for text in ("firefox", "systemd-resolved", "98.3% of ended flows known", "sock_diag", "tracefs is not mounted"):
        expect(text in processes, f"{text}: {processes}")
    expect("[2001:db8::1]:5353" in text_of(browser, "flows"), text_of(browser, "flows"))
    expect("systemd-resolved[612]" in text_of(browser, "flows"), text_of(browser, "flows"))
    expect("eth0 up, eth1 absent" in text_of(browser, "inputs"), text_of(browser, "inputs"))
    expect("failed" in text_of(browser, "sinks"), text_of(browser, "sinks"))


def shows_evil_names_as_text(browser, sensor):
    with sensor.lock:
        sensor.flows["flows"][0]["application"] = EVIL
        sensor.flows["flows"][0]["source"] = EVIL
        sensor.flows["flows"][0]["process_name"] = EVIL
        sensor.statistics["sensor"] = EVIL
        sensor.statistics["not_ready"] = [EVIL]
        sensor.statistics["sinks"][0]["destination"] = EVIL
        sensor.statistics["inputs"][0]["name"] = EVIL
        sensor.statistics["messages"][0]["text"] = EVIL
        sensor.statistics["config"]["path"] = EVIL
    places = ["applications", "processes", "hosts", "flows", "sensor", "problems", "sinks", "inputs", "messages", "config"]
    for place in places:
        browser.wait_for(f"document.getElementById('{place}').textContent.includes({EVIL!r})")
    expect(browser.value("document.images.length") == 0, "an image")
    expect(browser.value("window.owned === undefined"), "owned")


def filters_and_pauses(browser, sensor):
    browser.value("const box = document.getElementById('filter'); box.value = 'dNs'; "
                  "box.dispatchEvent(new Event('input')); 1")
    browser.wait_for("document.querySelectorAll('#flows tbody tr').length === 1")
    expect("DNS" in text_of(browser, "flows"), text_of(browser, "flows"))
    browser.value("box.value = ''; box.dispatchEvent(new Event('input')); "
                  "document.getElementById('pause').click(); 1")
    browser.wait_for("document.querySelectorAll('#flows tbody tr').length === 3")
    expect(text_of(browser, "pause") == "Go on", "pause")
    browser.value("document.getElementById('pause').click(); 1")
    asked = len(sensor.requests)
    browser.wait_for("1")
    while len(sensor.requests) < asked + 2:
        browser.web_socket.waits(0.1)
        browser.value("1")


def hides_processes_where_nobody_looks_for_them(browser, sensor):
    with sensor.lock:
        sensor.statistics["visibility"] = {"on": False}
    browser.wait_for("document.getElementById('owners').hidden")
    browser.wait_for("document.querySelectorAll('#flows th').length === 8")
    with sensor.lock:
        del sensor.statistics["visibility"]  # of an older sensor
    asked = len(sensor.requests)
    while len(sensor.requests) < asked + 4:
        browser.web_socket.waits(0.1)
        browser.value("1")
    expect(text_of(browser, "state") != "away", text_of(browser, "problems"))


def says_that_the_sensor_is_away(browser, sensor, page, policy):
    port = sensor.port
    sensor.close()
    browser.wait_for("document.getElementById('state').textContent === 'away'")
    expect("does not answer" in text_of(browser, "problems"), text_of(browser, "problems"))
    again = start_sensor(page, policy, port)
    try:
        browser.wait_for("document.getElementById('state').textContent === 'running, not ready'")
        browser.wait_for("document.querySelector('svg path.series0').getAttribute('d').split('M').length > 2")
    finally:
        again.close()


def is_served_by_the_real_server(browser, program):
    sensor = SampleSensor(program)
    try:
        asked = len(browser.requests)
        browser.errors.clear()
        browser.open(f"http://127.0.0.1:{sensor.port}/")
        browser.wait_for(f"document.title === 'gate-1' && {POINTS}.length === 6 && {POINTS}[0] >= 2")
        expect(not browser.errors, browser.errors)
        expect(all(str(sensor.port) in url or url == "data:," for url in browser.requests[asked:]),
               browser.requests[asked:])
    finally:
        sensor.close()


def take_pictures(browser, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, width, height, scheme in (("light", 1440, 1500, "light"), ("dark", 1440, 1500, "dark"),
                                        ("narrow", 420, 3200, "light")):
        browser.set_screen(width, height, scheme)
        browser.screenshot(folder / f"{name}.png")
    expect(browser.value("document.documentElement.scrollWidth <= 420"), "wider than a telephone")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--page", required=True, type=pathlib.Path)
    parser.add_argument("--sensor", required=True)
    parser.add_argument("--screenshots", type=pathlib.Path)
    args = parser.parse_args()
    if not find_chromium():
        print("skipped: chromium is not installed")
        return 77
    page, policy = embedded(args.page)
    sensor = start_sensor(page, policy)
    browser = Browser()
    try:
        shows_a_sensor(browser, sensor)
        if args.screenshots:
            take_pictures(browser, args.screenshots)
        shows_evil_names_as_text(browser, sensor)
        filters_and_pauses(browser, sensor)
        hides_processes_where_nobody_looks_for_them(browser, sensor)
        origin = f"http://127.0.0.1:{sensor.port}/"
        expect(not browser.errors, browser.errors)
        says_that_the_sensor_is_away(browser, sensor, page, policy)
        others = [url for url in browser.requests if not url.startswith((origin, "data:,"))]
        expect(not others, others)
        is_served_by_the_real_server(browser, args.sensor)
    except AssertionError as error:
        print(error)
        return 1
    finally:
        browser.close()
        if sensor.thread.is_alive():
            sensor.close()
    print("the page: all well")
    return 0


if __name__ == "__main__":
    sys.exit(main())
