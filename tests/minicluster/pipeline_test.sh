#!/usr/bin/env bash
# Our client's write pipeline when a datanode dies: four datanodes, three copies; each of the three is killed once under
# each policy of dfs.client.block.write.replace-datanode-on-failure, between two flushes, before the close, and before an
# append. What was written is there, on as many datanodes as the policy says.
#   pipeline_test.sh HDFS NAMENODE DATANODE STEP_WRITER
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
cluster_init "$1" "$2" "$3"
step_writer=$4
prefix=dfs.client.block.write.replace-datanode-on-failure
start_namenode
for n in 0 1 2 3; do start_datanode $n; done
wait_bean FSNamesystemState NumLiveDataNodes 4
head -c 3000000 /dev/urandom >"$scratch/data"

start_writer() {  # -D OPTIONS...
  coproc writer { exec "$step_writer" "$@" "$scratch/data" 2>>"$scratch/client.log"; }
  pids[writer]=$writer_PID
}
end_writer() { exec {writer[1]}>&-; wait "${pids[writer]}" || true; unset 'pids[writer]'; }
step() {  # ORDER...: fails the test unless it is done
  local answer
  echo "$*" >&"${writer[1]}"
  read -r -t 60 answer <&"${writer[0]}" || answer="no answer"
  [[ $answer == ok ]] || { echo "FAILED: $*: $answer"; failures=$((failures + 1)); }
}
holders() {  # numbers of the datanodes that have the block that was written last, in any state
  find "$scratch"/dn? -name "blk_$1" -printf '%P %h\n' | sed 's#.*/dn\([0-9]\)/.*#\1#' | sort -u
}
newest_block() { find "$scratch"/dn? -path '*rbw*' -name 'blk_*' -not -name '*.meta' -printf '%f\n' | sort -u | tail -1 | cut -d_ -f2; }
registered() {
  curl -sf "http://127.0.0.1:$((base + 5 + 3 * $1))/jmx?qry=Hadoop:service=DataNode,name=DataNodeInfo" | grep -q RUNNING
}
bring_back() { start_datanode "$1"; for _ in $(seq 200); do registered "$1" && return; pause 0.05; done; echo "FAILED: no datanode $1"; exit 1; }
copies() { hdfs fsck "$1" -files -blocks | sed -n 's/.*Live_repl=\([0-9]*\).*/\1/p' | tail -1; }

for policy in NEVER DEFAULT ALWAYS; do
  case $policy in NEVER) expected=2 ;; *) expected=3 ;; esac
  for place in 0 1 2; do
    path=/$policy$place
    start_writer -D$prefix.policy=$policy
    step create $path; step write 300000; step hflush
    block=$(newest_block)
    victim=$(holders "$block" | sed -n $((place + 1))p)
    kill_datanode "$victim"
    step write 700000; step hflush; step write 10; step hsync; step close
    end_writer
    expect "$policy, datanode $victim: the bytes" "" "$(hdfs dfs -cat $path | cmp - <(head -c 1000010 "$scratch/data") 2>&1)"
    expect "$policy, datanode $victim: copies at the close" $expected "$(copies $path)"
    bring_back "$victim"
  done
done

start_writer
step create /close; step write 300000; step hflush
victim=$(holders "$(newest_block)" | head -1)
kill_datanode "$victim"
step close
expect "killed before the close" "" "$(hdfs dfs -cat /close | cmp - <(head -c 300000 "$scratch/data") 2>&1)"
step append /close; step write 1000; step close
expect "appended without it" "" "$(hdfs dfs -cat /close | cmp - <(head -c 301000 "$scratch/data") 2>&1)"
bring_back "$victim"
for _ in $(seq 10); do expect "its old replica is not read" "" "$(hdfs dfs -cat /close | cmp - <(head -c 301000 "$scratch/data") 2>&1)"; done
end_writer

# No fourth datanode is left: best effort goes on with what there is, else the write fails.
kill_datanode 3
for _ in $(seq 300); do [[ $(bean FSNamesystemState NumLiveDataNodes) == 3 ]] && break; pause 0.1; done
for effort in true false; do
  start_writer -D$prefix.policy=ALWAYS -D$prefix.best-effort=$effort
  step create /effort-$effort; step write 300000; step hflush
  kill_datanode 2
  echo "write 10" >&"${writer[1]}"; read -r -t 60 answer <&"${writer[0]}"
  echo "hflush" >&"${writer[1]}"; read -r -t 60 answer <&"${writer[0]}"
  if [[ $effort == true ]]; then
    expect "best effort goes on" "ok" "$answer"; step close
  else
    expect "without it the write fails" "1" "$(grep -c 'no more good datanodes' <<<"$answer")"
  fi
  end_writer
  bring_back 2
done
finish
