"""One contender with one network in a process of its own: `python -m bench.worker CONTENDER MODEL THREADS FOLDER INPUTS`.

Pinned by whoever starts it. Each line of standard input is a number of runs, answered by a line with their times in
nanoseconds; `answers FILE` writes the outputs. The first line it prints is `ready`, or what is in the way.
"""
import ctypes
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np


def timed(run, count: int) -> list[int]:
    """The times of `count` runs, after one that warms the caches up again."""
    run()
    times = []
    for _ in range(count):
        start = time.perf_counter_ns()
        run()
        times.append(time.perf_counter_ns() - start)
    return times


def load(name: str, model: str, threads: str, folder: str, inputs: str):
    from bench.contenders import CONTENDERS
    with np.load(inputs) as stored:
        arrays = dict(stored)
    contender = CONTENDERS[name](Path(model), int(threads), arrays, Path(folder))
    contender.run()
    return contender


def die_with_parent() -> None:
    """A stopped process does not see that its standard input ends."""
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


def main() -> None:
    die_with_parent()
    # What libraries print goes to standard error.
    channel = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    try:
        contender = load(*sys.argv[1:])
    except Exception as error:  # whatever a library raises: this contender does not take part
        print(" ".join(f"{type(error).__name__}: {error}".split())[:200], file=channel)
        return
    print("ready", file=channel)
    for line in sys.stdin:
        words = line.split()
        if words[0] == "answers":
            np.savez(words[1], **{f"output{i}": value for i, value in enumerate(contender.answers().values())})
            print("written", file=channel)
        else:
            print(*timed(contender.run, int(words[0])), file=channel)


if __name__ == "__main__":
    main()
