#!/usr/bin/env bash
# Test classes of Hadoop's hdfs test jar on tusk's daemons. $1: tusk; then class names, as HdfsTests takes them.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tusk=$(realpath "$1"); shift
source "$here/java_suite.sh"
suite_init hdfs-tests "$here"/minicluster/*.java "$here"/minicluster/org/apache/hadoop/hdfs/*.java
cd "$scratch"
suite_java -Xmx700m -Dtest.build.dir="$scratch" -Dtusk.binary="$tusk" -Dtests.output="$scratch/tests.out" -cp "$scratch/classes:$lib/*" \
  HdfsTests "$(suite_results hdfs_suite_test)" "$@"
