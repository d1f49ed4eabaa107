#!/usr/bin/env bash
# What every daemon pays for each of its threads: the thread-local data of the one binary. binary_limits.sh TUSK
# A large thread_local buffer anywhere in the tree costs all daemons its size once a thread.
set -euo pipefail
limit=$((64 << 10))
size=$(size -A "$1" | awk '$1 == ".tbss" || $1 == ".tdata" {sum += $2} END {print sum + 0}')
if ((size > limit)); then
  echo "binary_limits: $size bytes of thread-local data, more than $limit; the largest:" >&2
  nm -S --size-sort "$1" | grep -i ' [bd] ' | tail -5 >&2
  exit 1
fi
echo "binary_limits: $size bytes of thread-local data"
