#!/usr/bin/env bash
# RPC with tokens between tusk and real Hadoop, each as client and as server. $1: our rpc_peer.
# Exit 77 where there is no Java or no Hadoop jars (PEER_LIB, default those of ../shared/peers).
set -euo pipefail
peer=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lib=${PEER_LIB:-$HOME/.cache/tusk-peers/hadoop/lib}
if ! command -v java >/dev/null || [[ ! -e $lib/.complete ]]; then echo "no Java or no Hadoop jars in $lib"; exit 77; fi
scratch=$(mktemp -d)
trap 'exec 3>&- 4>&- 2>/dev/null || true; rm -rf "$scratch"' EXIT
javac -proc:none -nowarn -cp "$lib/*" -d "$scratch" "$here/RpcPeer.java"
java=(java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 --add-opens=java.base/java.lang=ALL-UNNAMED -cp "$scratch:$lib/*" RpcPeer)

failures=0
expect() {  # expect NAME FILE LINE...: these lines, in order, in FILE
  local name=$1 file=$2; shift 2
  if ! diff <(printf '%s\n' "$@") <(grep -v -i 'log4j\|slf4j\|WARN' "$file"); then echo "FAILED: $name"; failures=$((failures + 1)); else echo "ok: $name"; fi
}
port_of() { for _ in $(seq 200); do sed -n 's/^port //p' "$1" | grep . && return; read -rt 0.1 <> <(:) || true; done; echo "no port" >&2; exit 1; }

mkfifo "$scratch/hold"
"$peer" serve <"$scratch/hold" >"$scratch/ours" & exec 3>"$scratch/hold"
port=$(port_of "$scratch/ours")
"${java[@]}" client "$port" secret >"$scratch/out" 2>"$scratch/err" || cat "$scratch/err"
expect "Java client with a token, our server" "$scratch/out" \
  "org.apache.hadoop.ipc.RemoteException: called by user of attempt-1 by token" \
  "org.apache.hadoop.ipc.RemoteException: called by user of attempt-1 by token" \
  "org.apache.hadoop.ipc.RemoteException: called by user of attempt-1 by token"
"${java[@]}" client "$port" forged >"$scratch/out" 2>"$scratch/err" || cat "$scratch/err"
if grep -q "Mismatched response" "$scratch/out"; then echo "ok: forged token"; else cat "$scratch/out"; failures=$((failures + 1)); fi
exec 3>&-

mkfifo "$scratch/hold2"
"${java[@]}" server <"$scratch/hold2" >"$scratch/theirs" 2>"$scratch/err" & exec 4>"$scratch/hold2"
port=$(port_of "$scratch/theirs")
"$peer" call "$port" secret >"$scratch/out"
expect "our client with a token, Java server" "$scratch/out" \
  "refreshUserToGroupsMappings: ok" \
  "refreshSuperUserGroupsConfiguration: IOError: called by tuskuser TOKEN" \
  "noSuchMethod: RpcNoSuchMethod: Unknown method noSuchMethod called on org.apache.hadoop.security.RefreshUserMappingsProtocol protocol."
"$peer" call "$port" forged >"$scratch/out"
if grep -q "Sasl: .*Mismatched response" "$scratch/out"; then echo "ok: forged token"; else cat "$scratch/out"; failures=$((failures + 1)); fi
exec 4>&-
((failures == 0)) || exit 1
source "$(dirname "${BASH_SOURCE[0]}")/../results.sh"
passed "Java RPC" 3.4.2 "DIGEST-MD5 tokens both ways" "a forged token refused"
