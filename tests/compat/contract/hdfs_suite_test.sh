#!/usr/bin/env bash
# The classes of hdfs_tests.txt on tusk's daemons. $1: tusk.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
read -ra words <<<"$(grep -v '^#' "$here/hdfs_tests.txt" | tr '\n' ' ')"
exec bash "$here/hdfs_tests.sh" "$1" "${words[@]}"
