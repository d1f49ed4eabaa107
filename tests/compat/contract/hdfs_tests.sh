#!/usr/bin/env bash
# Test classes of Hadoop's hdfs test jar on tusk's daemons. $1: tusk; then class names, as HdfsTests takes them.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tusk=$(realpath "$1"); shift
lib=${PEER_LIB:-$HOME/.cache/tusk-peers/hadoop/lib}
if ! command -v javac >/dev/null || [[ ! -e $lib/.complete ]]; then echo "no Java or no Hadoop jars in $lib"; exit 77; fi
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tusk-hdfs-tests-XXXXXX")
trap '[[ -n ${KEEP:-} ]] || rm -rf "$scratch"' EXIT
mkdir "$scratch/classes"
javac -proc:none -nowarn -cp "$lib/*" -d "$scratch/classes" "$here"/minicluster/*.java \
  "$here"/minicluster/org/apache/hadoop/hdfs/*.java
cat >"$scratch/classes/log4j.properties" <<'P'
log4j.rootLogger=WARN,file
log4j.appender.file=org.apache.log4j.FileAppender
log4j.appender.file.File=${tests.log}
log4j.appender.file.layout=org.apache.log4j.PatternLayout
log4j.appender.file.layout.ConversionPattern=%d{ISO8601} %p %c: %m%n
P
results=-
[[ -z ${TUSK_COMPAT_RESULTS:-} ]] || { mkdir -p "$TUSK_COMPAT_RESULTS"; results=$TUSK_COMPAT_RESULTS/hdfs_suite_test.tsv; }
cd "$scratch"
java -Xmx700m -XX:+UseSerialGC --add-opens=java.base/java.lang=ALL-UNNAMED --add-opens=java.base/java.util=ALL-UNNAMED \
  --add-opens=java.base/java.net=ALL-UNNAMED --add-opens=java.base/java.nio=ALL-UNNAMED -Dtests.log="$scratch/client.log" \
  -Dtest.build.data="$scratch/local" -Dtest.build.dir="$scratch" -Djava.io.tmpdir="$scratch" -Dtusk.binary="$tusk" \
  -cp "$scratch/classes:$lib/*" HdfsTests "$results" "$@"
