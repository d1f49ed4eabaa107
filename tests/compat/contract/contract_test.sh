#!/usr/bin/env bash
# Hadoop's filesystem contract tests (AbstractContract*Test of its test jars), through the real Java client, against a
# tusk cluster of one datanode. $1: tusk. More words: the classes to run, as ContractSuite names them.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tusk=$1; shift
source "$here/java_suite.sh"
suite_init contract "$here"/*.java
suite_end() { "$tusk" down --dir "$scratch/cluster" >/dev/null 2>&1 || true; }
# What Hadoop's MiniDFSCluster sets for the same tests: small blocks.
"$tusk" up --dir "$scratch/cluster" -Ddfs.namenode.fs-limits.min-block-size=1 -Ddfs.blocksize=65536 >"$scratch/up.log" 2>&1 ||
  { cat "$scratch/up.log"; exit 1; }
suite_java -Xmx512m -cp "$scratch/classes:$here:$scratch/cluster/conf:$lib/*" ContractSuite "$(suite_results contract_test)" "$@"
