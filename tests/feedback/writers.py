"""A program of many writers, each line of output one report that was acknowledged: its station.

writers.py together FOLDER FILES PROCESSES THREADS   all write to FOLDER/0.sqlite at the same moment, then to 1 ...
writers.py killed FILE ROUNDS                        one writes at a time and is killed while it does
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

from locator.feedback.database import Database
from locator.feedback.reports import Reports
from locator.feedback.senders import Sender
from locator.feedback.times import now

SOMEBODY = Sender("device", "network", ((0, "this"), (1, "next")))


def write(reports: Reports, station_id: str) -> None:
    """Report on a station and then say so, in one piece."""
    reports.add(station_id, "open", None, SOMEBODY)
    os.write(sys.stdout.fileno(), f"{station_id}\n".encode())


def write_together(path: Path, process: int, threads: int) -> None:
    """Write from several threads of this process."""
    reports = Reports(Database(path, 20.0), now)
    writers = [
        threading.Thread(target=write, args=(reports, f"{path.stem}-{process}-{thread}"))
        for thread in range(threads)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()


def together(folder: str, files: str, processes: str, threads: str) -> None:
    """Let processes wait for the same moment, then write."""
    for file in range(int(files)):
        start = time.monotonic() + 0.05
        children = []
        for process in range(int(processes)):
            if not (child := os.fork()):
                time.sleep(max(0.0, start - time.monotonic()))
                write_together(Path(folder) / f"{file}.sqlite", process, int(threads))
                os._exit(0)
            children.append(child)
        for child in children:
            assert os.waitpid(child, 0)[1] == 0


def killed(path: str, rounds: str) -> None:
    """Kill a writer again and again, at any moment of its work."""
    chance = random.Random(6)
    for turn in range(int(rounds)):
        if not (child := os.fork()):
            reports = Reports(Database(Path(path)), now)
            for number in range(10**9):
                write(reports, f"{turn}-{number}")
        time.sleep(chance.uniform(0.005, 0.06))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


if __name__ == "__main__":
    {"together": together, "killed": killed}[sys.argv[1]](*sys.argv[2:])
