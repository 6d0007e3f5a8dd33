"""Holds our driver and other load generators against a server that knows when it wrote every token. See README.md."""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import tools
import watch

HERE = Path(__file__).resolve().parent
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"
TIMEOUT_S = 150


@dataclass
class Load:
    """Answers of tokens, the first after first_ms and up to spread_ms more, and gap_ms between the others."""

    name: str
    streams: int
    waves: int  # requests per stream; the first one of each opens its connection and is left out
    tokens: int
    first_ms: float
    spread_ms: float
    gap_ms: float

    @property
    def requests(self):
        return self.streams * self.waves


LOADS = [
    Load("1", 1, 16, 32, 50, 20, 20),
    Load("32", 32, 8, 64, 50, 20, 20),
    Load("256", 256, 5, 64, 200, 50, 50),
    Load("saturating", 64, 25, 64, 0, 0, 0),
]


class Server:
    """The scripted server in a process of its own; records are there when it has been closed."""

    def __init__(self, binary, load, log):
        self.log, self.records = log, []
        self.process = subprocess.Popen(
            [binary, "-log", log, "-tokens", str(load.tokens), "-first", f"{load.first_ms}ms", "-spread", f"{load.spread_ms}ms",
             "-gap", f"{load.gap_ms}ms"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        if self.log.exists():
            self.records = [json.loads(line) for line in self.log.read_text().splitlines()]


def measure(tool, load, server_binary, folder, env):
    """One tool under one load: a row of figures."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    busy_before = os.getloadavg()[0]
    with Server(server_binary, load, folder / "server.log") as server:
        command = [str(x) for x in tool.command(load, server.url, folder)]
        cost = watch.run(command, TIMEOUT_S, folder / "tool.log", env | tool.env, folder)
    if cost.code != 0:
        raise RuntimeError(f"ended with {cost.code}: see {folder / 'tool.log'}")
    row = figures(load, server.records, tool.read(folder), cost)
    row["load_average"] = busy_before
    return row


def figures(load, records, measured, cost):
    """Compares with what the server did. Only whole answers that the tool tells of count, without the first of each stream."""
    keyed = []
    for r in sorted(records, key=lambda r: r["read_ns"]):
        key = next((k for k in (r["number"], r["request_id"]) if k in measured.ttft), None)
        if key is not None and len(r["tokens_ns"]) == load.tokens:
            keyed.append((key, r))
    start, end = keyed[0][1]["read_ns"], max(r["tokens_ns"][-1] for _, r in keyed)
    judged = keyed[load.streams:]
    ttft, itl, known = [], [], []
    for key, r in judged:
        t = r["tokens_ns"]
        ttft.append(1e3 * abs(measured.ttft[key] - (t[0] - r["read_ns"]) / 1e9))
        itl.append(1e6 * abs(measured.itl[key] - (t[-1] - t[0]) / 1e9 / (len(t) - 1)))
        known += [(b - a) / 1e9 for a, b in zip(t, t[1:])]
    pooled = measured.gap_p99
    if measured.gaps:
        pooled = quantile([x for k, _ in judged for x in measured.gaps[k]], 0.99)
    return {
        "requests": len(judged), "rate": len(keyed) / (end - start) * 1e9,
        "ttft_p50_ms": quantile(ttft, 0.5), "ttft_p99_ms": quantile(ttft, 0.99),
        "itl_p50_us": quantile(itl, 0.5), "itl_p99_us": quantile(itl, 0.99),
        "gap_p99_ms": None if pooled is None else 1e3 * (pooled - quantile(known, 0.99)),
        "cpu_load_s": cost.cpu_between(start, end), "cpu_s": cost.cpu_s, "peak_mb": cost.peak_bytes / 1e6,
        "us_per_chunk": 1e6 * cost.cpu_between(start, end) / (len(keyed) * load.tokens),
    }


def quantile(values, q):
    return statistics.quantiles(values, n=100, method="inclusive")[round(q * 100) - 1]


COLUMNS = [
    ("requests/s", "rate", "{:.4g}"), ("TTFT error p50, ms", "ttft_p50_ms", "{:.3g}"), ("p99, ms", "ttft_p99_ms", "{:.3g}"),
    ("ITL error p50, µs", "itl_p50_us", "{:.3g}"), ("p99, µs", "itl_p99_us", "{:.3g}"), ("gap p99 off by, ms", "gap_p99_ms", "{:+.3g}"),
    ("CPU under load, s", "cpu_load_s", "{:.3g}"), ("CPU a chunk, µs", "us_per_chunk", "{:.3g}"), ("CPU in all, s", "cpu_s", "{:.3g}"),
    ("peak memory, MB", "peak_mb", "{:.0f}"), ("machine's load before", "load_average", "{:.1f}"),
]
RATIOS = {"rate", "ttft_p50_ms", "ttft_p99_ms", "itl_p99_us", "cpu_load_s", "cpu_s", "peak_mb"}


def table(load, rows):
    """A Markdown table; in brackets the ratio to aeb."""
    lines = [f"**{load.streams} stream{'s' if load.streams > 1 else ''}**, {load.requests} requests of {load.tokens} tokens, " + (
        f"first after {load.first_ms:g} to {load.first_ms + load.spread_ms:g} ms, then every {load.gap_ms:g} ms"
        if load.gap_ms else "all written at once: as fast as the tool goes"), ""]
    lines += ["| | " + " | ".join(c[0] for c in COLUMNS) + " |", "|---|" + "---:|" * len(COLUMNS)]
    own = rows.get("aeb")
    for name, row in rows.items():
        if isinstance(row, str):
            lines.append(f"| {name} | {row} |" + " |" * (len(COLUMNS) - 1))
            continue
        cells = []
        for _, key, form in COLUMNS:
            cell = "–" if row[key] is None else form.format(row[key])
            if key in RATIOS and name != "aeb" and isinstance(own, dict) and own[key]:
                cell += f" ({row[key] / own[key]:.2g}×)"
            cells.append(cell)
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True, help="folder with the tools' environments and the binaries")
    parser.add_argument("--loads", help="names of loads, comma-separated; default all of " + ",".join(x.name for x in LOADS))
    parser.add_argument("--tools", help="names of tools, comma-separated; default all that are there")
    parser.add_argument("--update", action="store_true", help="write the tables into README.md")
    args = parser.parse_args()
    cache = args.cache.resolve()
    tokenizer = cache / "tokenizer"
    everyone = [
        tools.Aeb(cache / "bin/aeb"), tools.AIPerf(cache / "aiperf/bin/aiperf", tokenizer),
        tools.GuideLLM(cache / "guidellm/bin/guidellm", tokenizer),
    ]
    vllm = cache.parent / "vllm/venv/bin/python"
    if vllm.exists():
        everyone.append(tools.VLLMBench(vllm, tokenizer))
    env = dict(os.environ, VLLM_NO_USAGE_STATS="1", VLLM_CACHE_ROOT=str(cache / "vllm-cache"))
    text = [f"{os.cpu_count()} cores, {cpu_model()}, Linux {platform.release().split('-')[0]}.", ""]
    for load in LOADS:
        if args.loads and load.name not in args.loads.split(","):
            continue
        rows = {}
        for tool in everyone:
            if args.tools and tool.name not in args.tools.split(","):
                continue
            print(f"{load.name}: {tool.name}", file=sys.stderr, flush=True)
            try:
                rows[tool.name] = measure(tool, load, cache / "bin/scripted", cache / "out" / load.name / tool.name.replace(" ", "-"), env)
            except (RuntimeError, OSError, KeyError, ValueError) as err:
                print(f"  {err!r}", file=sys.stderr)
                rows[tool.name] = f"did not finish within {TIMEOUT_S} s, or badly"
        text.append(table(load, rows))
        print(text[-1], flush=True)
    if args.update:
        readme = HERE / "README.md"
        old = readme.read_text()
        head, tail = old.partition(BEGIN)[0], old.partition(END)[2]
        readme.write_text(head + BEGIN + "\n" + "\n".join(text) + END + tail)


def cpu_model():
    with open("/proc/cpuinfo", encoding="ascii") as f:
        return next((line.partition(":")[2].strip() for line in f if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    main()
