"""Runs cases side by side and prints what became of each."""
import concurrent.futures
import queue
import time
import traceback

from live.outcome import Failure, LatePackets, Stopped
from live.processes import end_all

TRIES = 3  # of a case that finds late packets


def run_cases(cases, beds, tally):
    """Each case on a bed of its own; as many at a time as there are beds."""
    failures = []
    free = queue.Queue()
    for bed in beds:
        free.put(bed)

    def tried(function, bed):
        for _ in range(TRIES - 1):
            try:
                return function(bed)
            except LatePackets:
                tally.count_repeated()
        return function(bed)

    def one(name, function):
        bed = free.get()
        begin = time.monotonic()
        try:
            return name, tried(function, bed), time.monotonic() - begin
        finally:
            free.put(bed)

    executor = concurrent.futures.ThreadPoolExecutor(len(beds))
    try:
        jobs = {executor.submit(one, name, function): name for name, function in cases}
        for job in concurrent.futures.as_completed(jobs):
            try:
                name, result, seconds = job.result()
                print(f"ok     {name}: {result} ({seconds:.1f} s)", flush=True)
            except Stopped:
                raise
            except Exception as error:  # pylint: disable=broad-except
                text_of = str(error) if isinstance(error, Failure) else traceback.format_exc()
                indented = text_of.strip().replace("\n", "\n       ")
                print(f"FAILED {jobs[job]}:\n       {indented}", flush=True)
                failures.append(jobs[job])
    except BaseException:
        end_all()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
    return failures
