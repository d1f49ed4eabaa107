#!/usr/bin/env bash
# The plugin refuses services that do not say how they may be repeated. $1: protoc, $2: protoc-gen-tuskrpc.
set -euo pipefail
protoc=$1 plugin=$2
scratch=$(mktemp -d); trap 'rm -rf "$scratch"' EXIT
run() {  # run NAME EXPECTED_ERROR (empty: must succeed); the proto's end on standard input
  { printf 'syntax = "proto2";\npackage p;\noption optimize_for = LITE_RUNTIME;\nmessage M {}\n'; cat; } >"$scratch/$1.proto"
  if "$protoc" -I"$scratch" --plugin=protoc-gen-tuskrpc="$plugin" --tuskrpc_out="$scratch" "$scratch/$1.proto" 2>"$scratch/err"; then
    [[ -z $2 ]] || { echo "$1: was accepted"; exit 1; }
    [[ -s $scratch/$1.rpc.h && -s $scratch/$1.rpc.cc ]] || { echo "$1: no output"; exit 1; }
  else
    [[ -n $2 ]] && grep -q "$2" "$scratch/err" || { cat "$scratch/err"; exit 1; }
  fi
}
run empty '' <<<''
run good '' <<'P'
// tusk: protocol org.example.P
service S {
  // Words, then
  // tusk: idempotent
  rpc a(M) returns (M);
}
P
run no_protocol 'needs a comment "// tusk: protocol' <<'P'
service S {
  // tusk: never
  rpc a(M) returns (M);
}
P
run no_policy 'p.S.a: needs a comment "// tusk: idempotent|at-most-once|never"' <<'P'
// tusk: protocol org.example.P
service S {
  rpc a(M) returns (M);
}
P
run odd_policy 'p.S.a: needs a comment' <<'P'
// tusk: protocol org.example.P
service S {
  // tusk: sometimes
  rpc a(M) returns (M);
}
P
