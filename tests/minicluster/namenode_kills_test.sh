#!/usr/bin/env bash
# The namenode is killed at random moments of streams of changes: what was acknowledged is there after each restart.
#   namenode_kills_test.sh HDFS NAMENODE DATANODE [KILLS]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
cluster_init "$1" "$2" "$3"
kills=${4:-20}
# No waiting for the datanode after each start: changes go on at once.
sed -i "s#</configuration>#$(property dfs.namenode.safemode.threshold-pct 0)</configuration>#" "$scratch/conf/hdfs-site.xml"
start_namenode
start_datanode 0
wait_bean FSNamesystemState NumLiveDataNodes 1
echo "some bytes" >"$scratch/small"

# Each stream makes a folder, puts a file into it, renames it, removes the one before; it notes what was acknowledged.
stream() {
  local s=$1 i=0 dfs=("$hdfs_program" dfs -Dipc.client.connect.max.retries=0 -Ddfs.replication=1)
  while [[ ! -e $scratch/stop ]]; do
    i=$((i + 1))
    timeout 20 "${dfs[@]}" -mkdir -p "/s$s/d$i" 2>>"$scratch/client.log" && echo "dir /s$s/d$i" >>"$scratch/acked$s"
    timeout 20 "${dfs[@]}" -put "$scratch/small" "/s$s/d$i/f" 2>>"$scratch/client.log" && echo "file /s$s/d$i/f" >>"$scratch/acked$s"
    timeout 20 "${dfs[@]}" -touchz "/s$s/t$i" 2>>"$scratch/client.log" || continue
    timeout 20 "${dfs[@]}" -mv "/s$s/t$i" "/s$s/m$i" 2>>"$scratch/client.log" && echo "moved /s$s/t$i /s$s/m$i" >>"$scratch/acked$s"
    ((i % 3)) || { timeout 20 "${dfs[@]}" -rm -r -skipTrash "/s$s/m$i" >/dev/null 2>>"$scratch/client.log" && echo "gone /s$s/m$i" >>"$scratch/acked$s"; }
  done
}
for s in 1 2 3; do stream $s & streams[s]=$!; done
for _ in $(seq "$kills"); do
  pause "0.$((RANDOM % 9 + 1))"
  kill_namenode
  start_namenode
done
pause 1
touch "$scratch/stop"
for s in 1 2 3; do wait "${streams[s]}" || true; done
kill_namenode
start_namenode
wait_bean FSNamesystemState FSState '"Operational"'

hdfs dfs -ls -R / | awk '{ print $8 }' | sort >"$scratch/present"
cat "$scratch"/acked? >"$scratch/acked"
grep '^gone' "$scratch/acked" | cut -d' ' -f2 | sort >"$scratch/gone" || true
{ grep -E '^(dir|file)' "$scratch/acked" | cut -d' ' -f2; grep '^moved' "$scratch/acked" | cut -d' ' -f3; } | sort >"$scratch/made"
comm -23 "$scratch/made" "$scratch/gone" >"$scratch/wanted"
echo "$(wc -l <"$scratch/acked") acknowledged changes over $kills kills"
# A file whose removal was sent but not acknowledged may be gone too; nothing else may.
expect "what was acknowledged is there" "" "$(comm -23 "$scratch/wanted" "$scratch/present" | grep -E -v '/m[0-9]+$' | head || true)"
lost_moves=$(comm -23 "$scratch/wanted" "$scratch/present" | { grep -E '/m[0-9]+$' || true; } | while read -r path; do n=${path##*m}; ((n % 3 == 0)) || echo "$path"; done | head || true)
expect "moved files are there" "" "$lost_moves"
expect "removed files stay removed" "" "$(comm -12 "$scratch/gone" "$scratch/present" | head)"
expect "moved files are not where they were" "" "$(comm -12 <(grep '^moved' "$scratch/acked" | cut -d' ' -f2 | sort) "$scratch/present" | head)"
files=$(grep '^file' "$scratch/acked" | cut -d' ' -f2)
expect "the files' bytes" "$(echo "$files" | wc -w) some bytes" "$(hdfs dfs -cat $files | sort | uniq -c | sed 's/^ *//')"
finish
