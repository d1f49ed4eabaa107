#!/usr/bin/env bash
# The OpenAPI file against a live cluster: schemathesis finds no answer of 500 and none that the file does not name.
#   openapi_test.sh TUSK [DAEMON]    77: schemathesis cannot be had
set -euo pipefail
tusk=$1
here=$(cd "$(dirname "$0")" && pwd)
venv=${TUSK_PEERS_CACHE:-$HOME/.cache/tusk-peers}/schemathesis
if [[ ! -x $venv/bin/schemathesis ]]; then
  python3 -m venv "$venv" && "$venv/bin/pip" -q install 'schemathesis>=4,<5' || { echo "no schemathesis"; rm -rf "$venv"; exit 77; }
fi
exec python3 "$here/openapi_run.py" "$tusk" "$venv/bin/schemathesis"
