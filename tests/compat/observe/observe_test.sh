#!/usr/bin/env bash
# A namenode and a datanode: /metrics passes promtool, /jmx and /prom have Hadoop's names, the small pages answer, and a scene
# writes the audit lines that a real Hadoop wrote for it.
#   observe_test.sh HDFS TUSK_NAMENODE TUSK_DATANODE
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../../minicluster/cluster.sh"
source "$here/audit_scene.sh"
if ! command -v promtool >/dev/null; then echo "no promtool: tools/setup.sh --tests"; exit 77; fi
cluster_init "$1" "$2" "$3"
mkdir "$scratch/logs"
ln -s /etc/passwd "$scratch/logs/outside"
sed -i "s#</configuration>#$(property hadoop.log.dir "$scratch/logs")$(property hadoop.caller.context.enabled true)$(property \
my.password hunter2)$(property hadoop.proxyuser."$(id -un)".hosts '*')$(property hadoop.proxyuser."$(id -un)".groups '*')&#" "$scratch/conf/core-site.xml"
sed -i "s#<name>dfs.replication</name><value>3<#<name>dfs.replication</name><value>1<#;s#</configuration>#$(property \
dfs.namenode.fs-limits.min-block-size 16)$(property dfs.permissions.superusergroup root)$(property dfs.namenode.acls.enabled true)&#" "$scratch/conf/hdfs-site.xml"
start_namenode
start_datanode 0
wait_bean FSNamesystemState NumLiveDataNodes 1
failed=0
check() { python3 "$here/check.py" "$@" || { echo "FAILED: $*"; failed=1; }; }
audit_scene "$hdfs_program" "127.0.0.1:$((base + 1))"
pause 0.3
cp "$scratch/logs/hdfs-audit.log" "$scratch/audit.txt"
check audit "$scratch/audit.txt"
check beans nn "127.0.0.1:$((base + 1))"
check prom nn "127.0.0.1:$((base + 1))"
check pages "127.0.0.1:$((base + 1))"
for port in 1 5; do
  curl -sf "http://127.0.0.1:$((base + port))/metrics" >"$scratch/metrics.$port"
  promtool check metrics <"$scratch/metrics.$port" >"$scratch/promtool.$port" 2>&1 || { cat "$scratch/promtool.$port"; failed=1; }
  if [[ -s $scratch/promtool.$port ]]; then cat "$scratch/promtool.$port"; failed=1; fi
done
for name in tusk_namenode_edit_sync_seconds_bucket tusk_rpc_processing_seconds_bucket tusk_rpc_queue_seconds_bucket; do
  grep -q "^$name" "$scratch/metrics.1" || { echo "FAILED: no $name"; failed=1; }
done
deploy=$here/../../../deploy/prometheus
(cd "$deploy" && promtool check rules alerts.yml >/dev/null && promtool test rules alerts_test.yml >/dev/null) || { echo "FAILED: alert rules"; failed=1; }
# Every metric that a rule or a dashboard names is one of ours.
python3 - "$here/../../../deploy" "$scratch"/metrics.* <<'PY' || failed=1
import pathlib, re, sys
deploy, *files = sys.argv[1:]
known = {re.match(r"\w+", line).group() for name in files for line in open(name) if line[0] not in "#\n"}
text = "".join(path.read_text() for path in pathlib.Path(deploy).rglob("*") if path.suffix in (".yml", ".json") and "_test" not in path.name and path.parts[-2] in ("prometheus", "grafana"))
missing = sorted(name for name in set(re.findall(r"tusk_(?:namenode|rpc)_\w+", text)) - known if not name.endswith("namenode_"))
print("\n".join("named and not there: " + name for name in missing))
sys.exit(1 if missing else 0)
PY
((failed == 0)) && echo "ok"
exit $failed
