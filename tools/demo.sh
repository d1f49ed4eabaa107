#!/usr/bin/env bash
# One command: builds tusk, starts a cluster on this machine, counts the words of a folder of text in containers.
#   tools/demo.sh [FOLDER-OR-FILE]     default: the licence texts that Debian ships
#   TUSK_DEMO_DIR                      where the cluster lives (default ~/.tusk)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
input=${1:-/usr/share/common-licenses}
folder=${TUSK_DEMO_DIR:-$HOME/.tusk}
[[ -e $input ]] || { echo "demo: $input does not exist" >&2; exit 1; }

bash tools/setup.sh
if [[ ! -e build/release/build.ninja ]]; then cmake --preset release >/dev/null; fi
cmake --build --preset release -j "$(nproc)" --target tusk | tail -n 1
export PATH=$PWD/build/release/bin:$PATH

tusk up --dir "$folder"
export HADOOP_CONF_DIR=$folder/conf
job=$(date +%s)
hdfs dfs -mkdir -p "demo/$job"
hdfs dfs -put "$input" "demo/$job/text"
echo
echo "== WordCount over $(hdfs dfs -count "demo/$job/text" | awk '{printf "%d files, %d bytes", $2, $3}')"
# A folder's text may lie in sub-folders too.
hadoop examples wordcount -Dmapreduce.input.fileinputformat.input.dir.recursive=true "demo/$job/text" "demo/$job/words"

echo
echo "== The most frequent words"
hdfs dfs -cat "demo/$job/words/part-r-*" | sort -t "$(printf '\t')" -k2,2nr -k1,1 | sed -n 1,10p
cat <<TEXT

The output is in the DFS at $(hdfs dfs -ls -C -d "demo/$job/words"). What to try next, in a shell of yours:

  export PATH=$PWD/build/release/bin:\$PATH HADOOP_CONF_DIR=$HADOOP_CONF_DIR
  hdfs dfs -ls -R demo/$job
  hadoop examples pi 4 100000
  yarn application -list -appStates ALL
  hdfs dfsadmin -report
  tusk status --dir $folder

The console, for a browser:  http://$(hdfs getconf -confKey dfs.namenode.http-address)/console/

It keeps running. To stop it (the data stays):  tusk down --dir $folder
TEXT
