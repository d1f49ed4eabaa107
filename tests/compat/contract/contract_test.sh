#!/usr/bin/env bash
# Hadoop's filesystem contract tests (AbstractContract*Test of its test jars), through the real Java client, against a
# tusk cluster of one datanode. $1: tusk. More words: the classes to run, as ContractSuite names them.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tusk=$1; shift
lib=${PEER_LIB:-$HOME/.cache/tusk-peers/hadoop/lib}
if ! command -v javac >/dev/null || [[ ! -e $lib/.complete ]]; then echo "no Java or no Hadoop jars in $lib"; exit 77; fi
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tusk-contract-XXXXXX")
finish() {
  "$tusk" down --dir "$scratch/cluster" >/dev/null 2>&1 || true
  [[ -n ${KEEP:-} ]] || rm -rf "$scratch"
}
trap finish EXIT
mkdir "$scratch/classes"
javac -proc:none -nowarn -cp "$lib/*" -d "$scratch/classes" "$here"/*.java
cat >"$scratch/classes/log4j.properties" <<'P'
log4j.rootLogger=WARN,file
log4j.appender.file=org.apache.log4j.FileAppender
log4j.appender.file.File=${contract.log}
log4j.appender.file.layout=org.apache.log4j.PatternLayout
log4j.appender.file.layout.ConversionPattern=%d{ISO8601} %p %c: %m%n
P
# What Hadoop's MiniDFSCluster sets for the same tests: small blocks.
"$tusk" up --dir "$scratch/cluster" -Ddfs.namenode.fs-limits.min-block-size=1 -Ddfs.blocksize=65536 >"$scratch/up.log" 2>&1 ||
  { cat "$scratch/up.log"; exit 1; }
results=-
[[ -z ${TUSK_COMPAT_RESULTS:-} ]] || { mkdir -p "$TUSK_COMPAT_RESULTS"; results=$TUSK_COMPAT_RESULTS/contract_test.tsv; }
java -Xmx512m -XX:+UseSerialGC --add-opens=java.base/java.lang=ALL-UNNAMED -Dcontract.log="$scratch/client.log" \
  -Dtest.build.data="$scratch/local" -Djava.io.tmpdir="$scratch" \
  -cp "$scratch/classes:$here:$scratch/cluster/conf:$lib/*" ContractSuite "$results" "$@"
