"""Runs a command and watches its process tree: CPU over time and peak memory, from /proc."""

import os
import resource
import signal
import subprocess
import time
from dataclasses import dataclass, field

EVERY_S = 0.25
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Cost:
    """cpu_s is of the whole life of the tree; peak_bytes the most PSS (shared pages counted once) seen at one time."""

    code: int = 0
    cpu_s: float = 0
    peak_bytes: int = 0
    samples: list = field(default_factory=list)  # (CLOCK_MONOTONIC ns, CPU seconds so far)

    def cpu_between(self, start_ns, end_ns):
        """CPU seconds in a stretch of time, linear between samples."""
        return self._at(end_ns) - self._at(start_ns)

    def _at(self, ns):
        before = (self.samples[0][0], 0.0)
        for sample in self.samples:
            if sample[0] >= ns:
                share = (ns - before[0]) / max(sample[0] - before[0], 1)
                return before[1] + max(0, share) * (sample[1] - before[1])
            before = sample
        return before[1]


def run(command, timeout_s, log, env, cwd):
    """Runs a command in a session of its own, and ends that session when it takes too long."""
    cost = Cost()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    deadline = time.monotonic() + timeout_s
    with open(log, "w", encoding="utf-8") as out:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env, cwd=cwd, start_new_session=True)
        try:
            while child.poll() is None and time.monotonic() < deadline:
                look(child.pid, cost)
                time.sleep(EVERY_S)
        finally:
            end(child)
    cost.code = child.returncode
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cost.cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cost


def end(child):
    """Nothing of the session is left behind."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for _ in range(20):
            child.poll()
            try:
                os.killpg(child.pid, 0 if child.returncode is not None and number == signal.SIGTERM else number)
            except ProcessLookupError:
                break
            time.sleep(0.1)
    child.wait()


def look(session, cost):
    """One sample of every process of a session. A child that has been waited for counts in its parent."""
    cpu = memory = 0
    now = time.monotonic_ns()
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as f:
                fields = f.read().rpartition(")")[2].split()
            if int(fields[3]) != session:
                continue
            cpu += sum(int(x) for x in fields[11:15])
            with open(f"/proc/{name}/smaps_rollup", encoding="ascii") as f:
                memory += next(int(line.split()[1]) << 10 for line in f if line.startswith("Pss:"))
        except (OSError, StopIteration, IndexError):
            continue  # it has just ended
    if cost.samples and cpu / TICKS < cost.samples[-1][1]:
        return  # one has ended and is not waited for yet
    cost.samples.append((now, cpu / TICKS))
    cost.peak_bytes = max(cost.peak_bytes, memory)
