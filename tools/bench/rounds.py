"""Measures one network with some contenders: rounds in which each has a turn, the others stopped meanwhile."""
import os
import signal
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.contenders import CONTENDERS, CannotRun
from bench.machine import Load

# Answers may differ by this much, max|a-b| / max|b|; Winograd's rounding is far below.
TOLERANCE = 1e-3


@dataclass
class Settings:
    folder: Path                 # for compiled networks and inputs
    cores: list[int]
    seconds: float = 3.0         # of runs a contender
    turn: float = 0.15           # seconds of a turn, or one run


class Worker:
    """The process of one contender; stopped except in its turns."""

    def __init__(self, name: str, model: Path, threads: int, settings: Settings, inputs: Path):
        folder = settings.folder / model.stem
        words = [sys.executable, "-m", "bench.worker", name, str(model), str(threads), str(folder), str(inputs)]
        cores = set(settings.cores[:threads])
        self.name, self.times, self.speed = name, [], 0.0
        self.answers_file = folder / f"{name}.npz"
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
                                        stderr=open(folder / f"{name}.log", "w"),
                                        preexec_fn=lambda: os.sched_setaffinity(0, cores))
        state = self.process.stdout.readline().strip()
        self.problem = None if state == "ready" else state or "the process ended, see its .log"
        if not self.problem:
            self.stop()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def ask(self, line: str) -> str:
        self.process.send_signal(signal.SIGCONT)
        print(line, file=self.process.stdin)
        answer = self.process.stdout.readline()
        self.stop()
        if not answer:
            raise RuntimeError(f"{self.name}: the process ended in the middle of its work")
        return answer

    def warm_up(self, turn: float) -> None:
        """Settles how many runs fill a turn."""
        single = min(map(int, self.ask("2").split())) * 1e-9
        self.count = max(1, min(20000, int(turn / single)))
        self.ask(str(self.count))

    def take_turn(self) -> None:
        self.times += [int(word) * 1e-6 for word in self.ask(str(self.count)).split()]

    def answers(self) -> list[np.ndarray]:
        self.ask(f"answers {self.answers_file}")
        with np.load(self.answers_file) as stored:
            return list(stored.values())

    def end(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()


def difference(a: list[np.ndarray], b: list[np.ndarray]) -> float:
    """max|a-b| / max|b| over all outputs; infinite where they do not match or are no numbers."""
    if [value.size for value in a] != [value.size for value in b]:
        return float("inf")
    worst = 0.0
    for left, right in zip(a, b):
        largest = float(np.abs(right).max(initial=0)) or 1.0
        distance = float(np.abs(left.ravel().astype(float) - right.ravel().astype(float)).max(initial=0))
        worst = max(worst, distance / largest) if np.isfinite(distance) else float("inf")
    return worst


def prepare(model: Path, names: list[str], inputs: Path, settings: Settings) -> dict[str, dict]:
    """Lets the contenders make their files; the entries of those that cannot run the network."""
    problems = {}
    with np.load(inputs) as stored:
        arrays = dict(stored)
    for name in names:
        try:
            CONTENDERS[name].prepare(model, arrays, settings.folder / model.stem)
        except CannotRun as problem:
            problems[name] = {"problem": str(problem)}
    return problems


def on_core(core: int, work):
    """The result of `work`, done on this core."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        return work()
    finally:
        os.sched_setaffinity(0, cores)


def play(workers: list[Worker], settings: Settings, fma) -> dict:
    """Alternates until each has had its seconds; the order moves on by one each round."""
    for worker in workers:
        worker.warm_up(settings.turn)
    load, rates, order = Load([worker.process.pid for worker in workers]), [], list(workers)
    end = time.monotonic() + settings.seconds * len(workers)
    while time.monotonic() < end or len(workers[0].times) < 3:
        rates.append(on_core(settings.cores[0], fma))
        for worker in order:
            worker.take_turn()
        order.append(order.pop(0))
    return {"fma_gflops": max(rates), "fma_least_gflops": min(rates), "rounds": len(rates), **load.others()}


def measure(model: Path, threads: int, names: list[str], inputs: Path, settings: Settings, fma) -> dict:
    """One row: what each contender took, how far its answers are from the first one's, and the state of the machine."""
    row = {"network": model.stem, "threads": threads, "contenders": prepare(model, names, inputs, settings)}
    workers = []
    try:
        for name in [name for name in names if name not in row["contenders"]]:
            workers.append(Worker(name, model, threads, settings, inputs))
            if workers[-1].problem:
                row["contenders"][name] = {"problem": workers[-1].problem}
        running = [worker for worker in workers if not worker.problem]
        if not running:
            return row
        row |= play(running, settings, fma)
        judge(running, row)
    finally:
        for worker in workers:
            worker.end()
    return row


def judge(workers: list[Worker], row: dict) -> None:
    """Times count only beside right answers: those of ONNX Runtime, or else of the first contender."""
    answers = {worker.name: worker.answers() for worker in workers}
    expected = answers.get("onnxruntime", answers[workers[0].name])
    for worker in workers:
        distance = difference(answers[worker.name], expected)
        result = {"minimum_ms": min(worker.times), "median_ms": statistics.median(worker.times),
                  "runs": len(worker.times), "difference": distance}
        if distance > TOLERANCE:
            result["problem"] = f"its answers differ by {distance:.1g}"
        row["contenders"][worker.name] = result
