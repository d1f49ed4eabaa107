#!/usr/bin/env bash
# Hadoop's XML command line suites with our shell on our namenode and datanode. $1 hdfs_alone, $2 namenode, $3 datanode.
# The suites are read from $TUSK_CLI_SUITES (a folder with testHDFSConf.xml and its data files); exit 77 without them.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
shell=$1 namenode=$2 datanode=$3
suites=${TUSK_CLI_SUITES:-$here/../../../shared/peers/hadoop/cli-suites}
[[ -e $suites/testHDFSConf.xml ]] || suites=/work/shared/peers/hadoop/cli-suites
if [[ ! -e $suites/testHDFSConf.xml ]]; then echo "no suites in $suites"; exit 77; fi
suites=$(cd "$suites" && pwd)

scratch=$(mktemp -d "${TMPDIR:-/tmp}/tusk-cli-XXXXXX")
base=${TUSK_TEST_PORT_BASE:-$((20000 + $$ % 500 * 20))}
pids=()
finish() {
  for pid in "${pids[@]}"; do kill -9 "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  [[ -n ${KEEP:-} ]] || rm -rf "$scratch"
}
trap finish EXIT
mkdir -p "$scratch/conf" "$scratch/data" "$scratch/work"
property() { printf '<property><name>%s</name><value>%s</value></property>\n' "$1" "$2"; }
{ echo '<configuration>'; property fs.defaultFS "hdfs://127.0.0.1:$base"; property hadoop.security.authorization true; echo '</configuration>'; } >"$scratch/conf/core-site.xml"
{ echo '<configuration>'; property dfs.namenode.name.dir "file://$scratch/name"
  property dfs.namenode.http-address "127.0.0.1:$((base + 1))"; property dfs.replication 1
  property dfs.namenode.safemode.extension 0; property dfs.namenode.posix.acl.inheritance.enabled false; property dfs.namenode.fs-limits.min-block-size 16
  echo '</configuration>'; } >"$scratch/conf/hdfs-site.xml"
export HADOOP_CONF_DIR=$scratch/conf
"$namenode" -format "$scratch/conf" >"$scratch/format.log" 2>&1
"$namenode" "$scratch/conf" >"$scratch/namenode.log" 2>&1 & pids+=($!)
"$datanode" "$scratch/conf" -Ddfs.datanode.data.dir="$scratch/data" -Ddfs.datanode.address="127.0.0.1:$((base + 5))" \
  -Ddfs.datanode.ipc.address="127.0.0.1:$((base + 6))" -Ddfs.datanode.http.address="127.0.0.1:$((base + 7))" >"$scratch/datanode.log" 2>&1 & pids+=($!)
for _ in $(seq 600); do
  "$shell" dfsadmin -report 2>/dev/null | grep -q '^Live datanodes (1)' && break
  for pid in "${pids[@]}"; do
    kill -0 "$pid" 2>/dev/null || { tail -n 5 "$scratch"/namenode.log "$scratch"/datanode.log; exit 1; }
  done
  read -rt 0.05 <> <(:) || true
done
cd "$scratch/work"
status=0
python3 "$here/run_suite.py" --data "$suites" --shell "$shell dfs" --admin "$shell dfsadmin" \
  --namenode "hdfs://127.0.0.1:$base" --known "$here/known_failures.txt" --verbose ${ONLY:+--only "$ONLY"} \
  "$suites"/test{HDFSConf,AclCLI,XAttrConf,DeleteConf,Conf}.xml || status=1
((status == 0)) || tail -n 20 "$scratch"/namenode.log "$scratch"/datanode.log
exit $status
