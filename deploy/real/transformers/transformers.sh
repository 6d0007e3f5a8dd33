#!/usr/bin/env bash
# backend.type pytorch held against transformers serve itself, which the runs start and end. See ../README.md.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${AEB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/aeb}
model=$("$here/../vllm.sh" model)
venv=$cache/vllm/venv
# Beside the environment that is vLLM's too, so that it stays as it is pinned.
added=$cache/transformers
stamp=$(cat "$here"/../requirements*.txt "$here/requirements.txt" | sha256sum)
if [[ $(cat "$added/.complete" 2>/dev/null) != "$stamp" ]]; then
  rm -rf "$added"
  "$venv/bin/pip" install --quiet --no-deps --no-cache-dir --target "$added" -r "$here/requirements.txt"
  echo "$stamp" >"$added/.complete"
fi
export PYTHONPATH=$added HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1
export CGO_CFLAGS="-g -O2 -Wno-deprecated-declarations" # as in the Taskfile
export AEB_TRANSFORMERS=$venv/bin/transformers TINY_MODEL=$model PYTHON=$venv/bin/python
cd "$here/../../.."
go test -count=1 -v -timeout 10m -tags realtransformers "$@" ./services/aeb/internal/realtransformers
