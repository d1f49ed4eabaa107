#!/usr/bin/env bash
# A user's program: built out of tree with g++ by find_package(tusk), run without daemons, compared with coreutils.
set -euo pipefail
source=$1 package=$2
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cmake -S "$source/mapreduce/examples/user_wordcount" -B "$work/build" -Dtusk_DIR="$package" -DCMAKE_CXX_COMPILER=g++ >"$work/log"
cmake --build "$work/build" >>"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
mkdir "$work/in"; cp "$source"/docs/*.md "$source"/README.md "$source"/mapreduce/README.md "$work/in/" 2>/dev/null || true
HADOOP_CONF_DIR= "$work/build/word_count" -Dmapreduce.job.reduces=2 "$work/in" "$work/out"
cat "$work"/out/part-r-* | LC_ALL=C sort >"$work/got"
cat "$work"/in/* | LC_ALL=C tr -s ' \t\n\r\f' '\n' | grep -v '^$' | LC_ALL=C sort | uniq -c | awk '{print $2"\t"$1}' | LC_ALL=C sort >"$work/expected"
cmp "$work/got" "$work/expected"
[[ -e $work/out/_SUCCESS ]]
# A second run must not touch the output, and says why.
! HADOOP_CONF_DIR= "$work/build/word_count" "$work/in" "$work/out" 2>"$work/error"
grep -q 'already exists' "$work/error"
