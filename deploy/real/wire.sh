#!/usr/bin/env bash
# The driver's record held against vLLM itself: brings up a server, runs the tests against it, ends it. See README.md.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export VLLM_PORT=${WIRE_PORT:-8017} VLLM_MODEL_NAME=tiny-random-llama VLLM_API_KEY=wire-$$-$RANDOM
export CGO_CFLAGS="-g -O2 -Wno-deprecated-declarations" # as in the Taskfile

if "$here/vllm.sh" status >/dev/null; then
  echo "wire: there is a server on port $VLLM_PORT already, and these tests end theirs: set WIRE_PORT" >&2
  exit 1
fi
trap '"$here/vllm.sh" down' EXIT
# Eight at a time and eight in the queue, so that a queue can be filled; the last flag has requests aborted on demand.
"$here/vllm.sh" up --reasoning-parser qwen3 --max-num-seqs 8 --max-num-queued-reqs 16 --enable-scale-out
cd "$here/../.."
go test -count=1 -v -timeout 10m -tags realvllm "$@" ./services/aeb/internal/realvllm
