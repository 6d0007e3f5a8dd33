#!/usr/bin/env bash
# Our driver and other load generators against one scripted server, one after another. See README.md.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
cache=${AEB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/aeb}/loadtools
python=${LOADTOOLS_PYTHON:-python3}
mkdir -p "$cache"

install() {
  local tool=$1 stamp
  stamp=$(sha256sum <"$here/requirements-$tool.txt")
  [[ $(cat "$cache/$tool/.complete" 2>/dev/null) == "$stamp" ]] && return
  echo "loadtools: installing $tool into $cache/$tool, once" >&2
  "$python" -m venv --clear "$cache/$tool"
  "$cache/$tool/bin/pip" install --quiet -r "$here/requirements-$tool.txt"
  echo "$stamp" >"$cache/$tool/.complete"
}

install aiperf
install guidellm
[[ -d $cache/tokenizer ]] || {
  "$cache/aiperf/bin/python" "$here/make_tokenizer.py" "$cache/tokenizer.part"
  mv "$cache/tokenizer.part" "$cache/tokenizer"
}
export CGO_CFLAGS="-g -O2 -Wno-deprecated-declarations" # as in the Taskfile
for binary in services/aeb/cmd/aeb pkg/simulate/script/cmd/scripted; do
  (cd "$root" && go build -trimpath -o "$cache/bin/$(basename "$binary")" "./$binary")
done
exec "$cache/aiperf/bin/python" "$here/compare.py" --cache "$cache" "$@"
