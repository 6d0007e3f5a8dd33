"""The load generators: how each is started with the same load, and where each says what it measured of each request."""

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path


OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}


@dataclass
class Measured:
    """By request, in seconds. The key is the number that the server gave (int) or what the client sent as X-Request-Id."""

    ttft: dict = field(default_factory=dict)
    itl: dict = field(default_factory=dict)  # (last token - first token) / (tokens - 1)
    gaps: dict = field(default_factory=dict)  # the single gaps, from tools that tell them by request
    gap_p99: float | None = None  # their pooled p99, from a tool that tells only that


class Aeb:
    """Loader, broker, driver and reporter in one process, with the stored record; no tables, no energy."""

    name = "aeb"
    env = {}

    def __init__(self, binary):
        self.binary = binary

    def command(self, load, url, folder):
        config = {
            "name": load.name,
            "backend": {"type": "vllm", "endpoint": url, "model": "scripted", "api": "chat"},
            "scenario": {
                "dataset_name": "synthetic", "num_samples": load.requests,
                "synthetic": {"input_tokens": same(16), "output_tokens": same(load.tokens)},
            },
            "load": {"type": "closed", "concurrency": load.streams, "warmup": load.streams},
            "metrics": {"type": "codecarbon", "enabled": False, "samplers": 0},
            "reporter": {"type": "csv", "output_file": str(folder / "row.csv")},
        }
        (folder / "run.yaml").write_text(json.dumps(config))  # JSON is YAML
        return [self.binary, "run", folder / "run.yaml", "--data", folder / "data", "--clickhouse", "off"]

    def read(self, folder):
        out = Measured()
        [result] = folder.glob("benchmark_output/*")
        with open(result / "requests.csv", encoding="utf-8") as f:
            for row in csv.DictReader(f):
                if row["status"] == "ok":
                    key = f"{row['run_id']}.{row['request_id']}.{row['attempt']}"
                    out.ttft[key], out.itl[key] = float(row["ttft_s"]), float(row["itl_mean_s"])
        out.gap_p99 = json.loads((result / "summary.json").read_text())["latency"]["itl_s"]["p99"]
        return out


class AIPerf:
    name = "aiperf"
    env = {}  # told to be offline, it does not take a folder for a tokenizer

    def __init__(self, binary, tokenizer):
        self.binary, self.tokenizer = binary, tokenizer

    def command(self, load, url, folder):
        return [
            self.binary, "profile", "-m", "scripted", "--url", url, "--endpoint-type", "chat", "--streaming",
            "--tokenizer", self.tokenizer, "--use-server-token-count", "--isl", "16", "--osl", load.tokens,
            "--concurrency", load.streams, "--request-count", load.requests, "--num-dataset-entries", load.requests,
            "--ui", "none", "--no-gpu-telemetry", "--no-server-metrics", "--artifact-dir", folder,
        ]

    def read(self, folder):
        out = Measured()
        with open(folder / "profile_export.jsonl", encoding="utf-8") as f:
            for line in f:
                record = json.loads(line)
                key, m = record["metadata"]["x_request_id"], record["metrics"]
                if "inter_token_latency" in m:
                    out.ttft[key] = m["time_to_first_token"]["value"] / 1e3
                    out.itl[key] = m["inter_token_latency"]["value"] / 1e3
                    out.gaps[key] = [x / 1e3 for x in m["inter_chunk_latency"]["value"]]
        return out


class GuideLLM:
    name = "guidellm"
    env = OFFLINE

    def __init__(self, binary, tokenizer):
        self.binary, self.tokenizer = binary, tokenizer

    def command(self, load, url, folder):
        return [
            self.binary, "run", "--backend", f"kind=openai_http,target={url},request_format=/v1/chat/completions,model=scripted",
            "--profile", f"kind=concurrent,streams={load.streams}", "--constraint", f"kind=max_requests,count={load.requests}",
            "--tokenizer", f"kind=hf_auto,model={self.tokenizer}",
            "--data", f"kind=synthetic_text,prompt_tokens=16,output_tokens={load.tokens}",
            "--output", f"kind=json,path={folder / 'out.json'}", "--disable-console",
        ]

    def read(self, folder):
        out = Measured()
        benchmark = json.loads((folder / "out.json").read_text())["benchmarks"][0]
        for r in benchmark["requests"]["successful"]:
            key = int(r["response_id"].rpartition("-")[2])
            out.ttft[key], out.itl[key] = r["time_to_first_token_ms"] / 1e3, r["inter_token_latency_ms"] / 1e3
        return out


class VLLMBench:
    name = "vllm bench serve"
    env = OFFLINE

    def __init__(self, python, tokenizer):
        self.python, self.tokenizer = python, tokenizer

    def command(self, load, url, folder):
        return [
            self.python, Path(__file__).parent / "vllm_bench.py", "--backend", "openai-chat", "--base-url", url,
            "--endpoint", "/v1/chat/completions", "--model", "scripted", "--tokenizer", self.tokenizer,
            "--dataset-name", "random", "--random-input-len", "16", "--random-output-len", load.tokens,
            "--num-prompts", load.requests, "--max-concurrency", load.streams, "--request-id-prefix", "v-",
            "--save-result", "--save-detailed", "--result-dir", folder, "--result-filename", "out.json", "--disable-tqdm",
        ]

    def read(self, folder):
        out = Measured()
        result = json.loads((folder / "out.json").read_text())
        for i, (ttft, gaps, error) in enumerate(zip(result["ttfts"], result["itls"], result["errors"])):
            if not error and len(gaps) > 1:
                key = f"v-{i}"
                out.ttft[key], out.gaps[key] = ttft, gaps[1:]
                out.itl[key] = sum(gaps) / (len(gaps) - 1)
        return out


def same(n):
    return {"mean": n, "std": 0, "min": n, "max": n}
