#!/usr/bin/env bash
# A real vLLM on the CPU, with a tiny model of random weights: brought up and down by one command. See README.md.
set -euo pipefail

usage() {
  cat <<'USAGE'
usage: vllm.sh up [vllm flags…] | down | crash | status | logs [lines] | model

VLLM_PORT        port on 127.0.0.1                      (8000)
VLLM_MODEL_NAME  the name that it is served under       (tiny-random-llama)
VLLM_API_KEY     asked of clients, if set               (unset)
VLLM_WAIT        seconds to wait for it to be ready     (300)
VLLM_PYTHON      python 3.11 to 3.13 to build with      (python3)
AEB_CACHE        where the 5.5 GB of packages go        (~/.cache/aeb)
USAGE
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${AEB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/aeb}/vllm
port=${VLLM_PORT:-8000}
name=${VLLM_MODEL_NAME:-tiny-random-llama}
wait_s=${VLLM_WAIT:-300}
python=${VLLM_PYTHON:-python3}
# vLLM has a VLLM_PORT of its own, the first port of its processes' talk among themselves, which would then collide
# with the one served; and it warns of names with its prefix that it does not know.
unset VLLM_PORT VLLM_MODEL_NAME VLLM_WAIT VLLM_PYTHON

url=http://127.0.0.1:$port
venv=$cache/venv
log=$cache/server-$port.log
pidfile=$cache/server-$port.pid

say() { printf 'vllm: %s\n' "$*"; }
die() { say "$@" >&2; exit 1; }

# The server's pid, if it is alive and still ours: a pid file may outlive its process, and the number be given anew.
running_pid() {
  local pid
  pid=$(cat "$pidfile" 2>/dev/null) || return 1
  [[ $(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") == *vllm*" --port $port "* ]] || return 1
  echo "$pid"
}

ready() {
  local key=(${VLLM_API_KEY:+-H "Authorization: Bearer $VLLM_API_KEY"})
  curl -fs -m 5 -o /dev/null "$url/health" &&
    curl -fs -m 5 "${key[@]}" "$url/v1/models" | grep -qF "\"id\":\"$name\""
}

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }

install_packages() {
  local stamp
  stamp=$(cat "$here"/requirements*.txt | sha256sum)
  [[ $(cat "$venv/.complete" 2>/dev/null) == "$stamp" ]] && return
  [[ $(uname -sm) == 'Linux x86_64' ]] || die "the prebuilt wheel is for Linux on x86_64, this is $(uname -sm)"
  "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' ||
    die "needs Python 3.11 to 3.13, $python is not: set VLLM_PYTHON"
  "$python" -c 'import ctypes; ctypes.CDLL("libnuma.so.1")' 2>/dev/null ||
    die "the wheel is linked to libnuma.so.1, which is not here (Debian: libnuma1)"
  say "installing packages into $venv, once: some minutes, 5.5 GB"
  "$python" -m venv --clear "$venv"
  # --no-deps, because both files are complete and the wheel asks for a build of torch that is not on PyPI (README.md).
  "$venv/bin/pip" install --quiet --no-deps --no-cache-dir -r "$here/requirements.txt"
  "$venv/bin/pip" install --quiet --no-deps --no-cache-dir --require-hashes -r "$here/requirements-vllm.txt"
  echo "$stamp" >"$venv/.complete"
}

# Prints the model's folder. It is named by the script's hash, so that an edited script makes its own.
make_model() {
  local model
  model=$cache/model-$(sha256sum <"$here/make_model.py" | cut -c1-12)
  if [[ ! -d $model ]]; then
    rm -rf "$model.part"
    "$venv/bin/python" "$here/make_model.py" "$model.part" >&2
    mv "$model.part" "$model"
  fi
  echo "$model"
}

# Prints the model's folder, for another server of the same packages, which are installed too.
model() {
  mkdir -p "$cache"
  exec 9>"$cache/lock"
  flock 9
  install_packages >&2
  make_model
}

start() {
  local model
  model=$(make_model)
  # One thread: the model is too small for more to help, and beside a benchmark the spinning of the others would show.
  export OMP_NUM_THREADS=1 VLLM_CPU_OMP_THREADS_BIND=nobind
  export HF_HUB_OFFLINE=1 VLLM_NO_USAGE_STATS=1 VLLM_CACHE_ROOT=$cache/vllm-cache
  # The module and not the 'vllm' command, which looks for a package of that name and finds vllm-cpu (README.md).
  # Eager: compiling would take longer than such a model ever runs, and need a compiler.
  setsid "$venv/bin/python" -m vllm.entrypoints.openai.api_server --host 127.0.0.1 --port "$port" \
    --model "$model" --served-model-name "$name" --enforce-eager --kv-cache-memory-bytes 256M \
    --enable-prompt-tokens-details --enable-per-request-metrics "$@" >"$log" 2>&1 </dev/null 9>&- &
  echo $! >"$pidfile"
}

await_ready() {
  local pid=$1 deadline=$((SECONDS + wait_s))
  until ready; do
    if ! kill -0 "$pid" 2>/dev/null; then
      tail -n 40 "$log" >&2
      die "the server ended before it was ready; the end of $log is above"
    elif ((SECONDS >= deadline)); then
      tail -n 40 "$log" >&2
      die "not ready within $wait_s s, left running as pid $pid; the end of $log is above"
    fi
    sleep 1
  done
}

up() {
  mkdir -p "$cache"
  exec 9>"$cache/lock"
  flock 9 # a second 'up' waits for the first one's installation, then finds its server
  if running_pid >/dev/null; then
    (($# == 0)) || say "already running: the flags given are not applied"
  elif port_taken; then
    die "port $port is taken by something else: set VLLM_PORT"
  else
    install_packages
    start "$@"
  fi
  exec 9>&-
  await_ready "$(cat "$pidfile")"
  status
}

down() {
  local pid
  if ! pid=$(running_pid); then
    rm -f "$pidfile"
    say "not running"
    return
  fi
  kill -TERM "$pid"
  # The engine and its worker are in the server's process group: it is over when the group is empty.
  for ((i = 0; i < 30; i++)); do
    kill -0 -- "-$pid" 2>/dev/null || break
    sleep 1
  done
  if kill -KILL -- "-$pid" 2>/dev/null; then
    say "did not end within 30 s: killed"
  fi
  rm -f "$pidfile"
  say "stopped"
}

# Ends it as a fault would: no answer is finished, no connection closed in order.
crash() {
  local pid
  pid=$(running_pid) || die "not running"
  kill -KILL -- "-$pid"
  say "killed"
}

status() {
  local pid
  if ! pid=$(running_pid); then
    say "not running"
    return 1
  elif ! ready; then
    say "starting: pid $pid, log $log"
    return 1
  fi
  say "ready: $url, model $name, pid $pid, log $log"
}

command=${1:-}
[[ $# -gt 0 ]] && shift
case $command in
  up) up "$@" ;;
  down) down ;;
  crash) crash ;;
  status) status ;;
  logs) tail -n "${1:-100}" "$log" ;;
  model) model ;;
  *) usage >&2; exit 2 ;;
esac
