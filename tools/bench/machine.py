"""The machine while something is measured: its name, the speed of a core, and what other processes take of it."""
import os
import platform
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
COLUMNS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")


def describe() -> dict:
    fields = [line.split(":", 1) for line in Path("/proc/cpuinfo").read_text().splitlines() if ":" in line]
    names = [value.strip() for key, value in fields if key.strip() == "model name"]
    return {"cpu": names[0] if names else platform.machine(), "cores": os.cpu_count(), "kernel": platform.release()}


def parse_stat(text: str) -> tuple[float, float]:
    """Seconds that all cores were busy, and that a hypervisor gave to others, since the start: /proc/stat."""
    numbers = dict(zip(COLUMNS, map(int, text.splitlines()[0].split()[1:])))
    busy = sum(numbers[name] for name in ("user", "nice", "system", "irq", "softirq"))
    return busy / TICKS, numbers.get("steal", 0) / TICKS


def parse_process(text: str) -> float:
    """Processor time of a process in seconds: /proc/PID/stat; its name may hold spaces and brackets."""
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Load:
    """What other processes took of the machine between two moments, in cores."""

    def __init__(self, processes: list[int]):
        self.processes = processes
        self.start = self.look()

    def look(self) -> tuple[float, float, float, float]:
        busy, stolen = parse_stat(Path("/proc/stat").read_text())
        own = sum(parse_process(Path(f"/proc/{pid}/stat").read_text()) for pid in [os.getpid(), *self.processes])
        return os.times().elapsed, busy, own, stolen

    def others(self) -> dict[str, float]:
        """`others`: busy cores that were not ours; `stolen`: cores that the hypervisor withheld."""
        seconds, busy, own, stolen = (now - then for now, then in zip(self.look(), self.start))
        return {"others": max(0.0, busy - own) / seconds, "stolen": stolen / seconds}
