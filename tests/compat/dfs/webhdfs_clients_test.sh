#!/usr/bin/env bash
# WebHDFS and delegation tokens with the clients that people have: the PyPI package hdfs, Hadoop's webhdfs:// and its
# tokens (in one JVM), curl. Our own shell with a token file of Java's, Java's client with one of ours.
#   webhdfs_clients_test.sh HDFS NAMENODE DATANODE
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../../minicluster/cluster.sh"
source "$here/../results.sh"
cluster_init "$1" "$2" "$3"
me=$(id -un)
sed -i '/<\/configuration>/d' "$scratch/conf/core-site.xml" "$scratch/conf/hdfs-site.xml"
{ property hadoop.proxyuser."$me".hosts '*'; property hadoop.proxyuser."$me".groups '*'; echo '</configuration>'; } >>"$scratch/conf/core-site.xml"
{ property dfs.namenode.delegation.token.always-use true; property dfs.namenode.fs-limits.min-block-size 16
  echo '</configuration>'; } >>"$scratch/conf/hdfs-site.xml"
start_namenode
start_datanode 0
start_datanode 1
wait_bean FSNamesystemState NumLiveDataNodes 2
web=127.0.0.1:$((base + 1))
url=http://$web/webhdfs/v1

venv=${TUSK_PEERS:-$HOME/.cache/tusk-peers}/hdfs-py
if "$venv/bin/python" -c 'import hdfs' 2>/dev/null || { python3 -m venv "$venv" && "$venv/bin/pip" install -q hdfs; }; then
  mkdir "$scratch/py"
  "$venv/bin/python" "$here/webhdfs_pypi.py" "$web" "$me" "$scratch/py"
  passed "PyPI hdfs" "$("$venv/bin/pip" list 2>/dev/null | awk '$1 == "hdfs" { print $2 }')" "WebHDFS: files, listings, ACLs, attributes"
else
  echo "skipped: the PyPI package hdfs cannot be installed"
fi

# ---- tokens over HTTP
answer() { curl -s -X "$1" "$url/$2"; }
token_of() { sed 's/.*"urlString":"\([^"]*\)".*/\1/' <<<"$1"; }
"$hdfs_program" dfs -mkdir /home
"$hdfs_program" dfs -chmod 777 /home
alices=$(token_of "$(answer GET "?op=GETDELEGATIONTOKEN&user.name=alice&renewer=$me")")
expect "a bearer is the token's owner" '{"Path":"/user/alice"}' "$(answer GET "?op=GETHOMEDIRECTORY&delegation=$alices")"
curl -s -L -X PUT -T "$scratch/conf/core-site.xml" "$url/home/by-token?op=CREATE&delegation=$alices" >"$scratch/created"
expect "also on the datanode" alice "$(hdfs dfs -stat %u /home/by-token)"
forged=${alices/YWxpY2U/Ym9iYnk}  # alice, bobby
refusal() { grep -o 'InvalidToken: [^"]*' <<<"$1" | head -c 60; }
expect "a forged one is refused" "InvalidToken: Token for real user: , can't be found in cache" \
  "$(refusal "$(answer GET "?op=GETHOMEDIRECTORY&delegation=$forged")")"
expect "a foreign one is refused" "InvalidToken: Token for real user: , can't be found in cache" \
  "$(refusal "$(answer GET "?op=GETHOMEDIRECTORY&delegation=HAAEcm9vdAR5YXJuAIoBof6fPSCKAaIiq8EgBAIUCAM1vSwpHGugcakVW1loJU9cBSsSV0VCSERGUyBkZWxlZ2F0aW9uDzEyNy4wLjAuMToyMzAyMA")")"
kill_namenode
start_namenode
expect "a token survives the namenode" '{"Path":"/user/alice"}' "$(answer GET "?op=GETHOMEDIRECTORY&delegation=$alices")"
expect "cancelled" "" "$(answer PUT "?op=CANCELDELEGATIONTOKEN&user.name=alice&token=$alices")"
expect "a cancelled one is refused" "InvalidToken: Token for real user: , can't be found in cache" \
  "$(refusal "$(answer GET "?op=GETHOMEDIRECTORY&delegation=$alices")")"
wait_bean FSNamesystemState NumLiveDataNodes 2

# ---- fetchdt
HADOOP_USER_NAME=alice hdfs fetchdt --renewer "$me" "$scratch/theirs"
expect "nobody else may read the file" 600 "$(stat -c %a "$scratch/theirs")"
expect "fetchdt --print" "with renewer $me) for 127.0.0.1:$base" "$(hdfs fetchdt --print "$scratch/theirs" | grep -o 'with renewer.*')"
HADOOP_USER_NAME=nobody HADOOP_TOKEN_FILE_LOCATION=$scratch/theirs hdfs dfs -touchz /home/ours
expect "our shell with a token file" alice "$(hdfs dfs -stat %u /home/ours)"
hdfs fetchdt --renew "$scratch/theirs" || { echo "FAILED: the renewer does not renew"; failures=$((failures + 1)); }
if HADOOP_USER_NAME=bob hdfs fetchdt --renew "$scratch/theirs"; then echo "FAILED: bob renews"; failures=$((failures + 1)); fi

# ---- Java
lib=${PEER_LIB:-$HOME/.cache/tusk-peers/hadoop/lib}
if command -v javac >/dev/null && [[ -e $lib/.complete ]]; then
  { echo hello; head -c 3000000 /dev/urandom | base64; } >"$scratch/data"
  javac -proc:none -nowarn -cp "$lib/*" -d "$scratch" "$here/WebHdfsClients.java" 2>"$scratch/javac.log" || { cat "$scratch/javac.log"; exit 1; }
  java -Xmx400m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 --add-opens=java.base/java.lang=ALL-UNNAMED \
    -cp "$scratch:$scratch/conf:$lib/*" WebHdfsClients "hdfs://127.0.0.1:$base" "webhdfs://$web" "$scratch" \
    >"$scratch/java.out" 2>"$scratch/java.log" || { grep '^FAILED' "$scratch/java.out"; exit 1; }
  grep -c '^ok' "$scratch/java.out" | sed 's/^/ok: Java agrees, checks: /'
  HADOOP_USER_NAME=nobody HADOOP_TOKEN_FILE_LOCATION=$scratch/ours hdfs dfs -touchz /home/javas
  expect "our shell with Java's token file" alice "$(hdfs dfs -stat %u /home/javas)"
  passed "Java webhdfs://" 3.4.2 "30 shell commands; delegation tokens over RPC and WebHDFS"
else
  echo "skipped: no Java or no Hadoop jars"
fi
# ---- a token that nobody renews: the namenode is told to let them end after a second
kill_namenode
sed -i '/<\/configuration>/d' "$scratch/conf/hdfs-site.xml"
{ property dfs.namenode.delegation.token.renew-interval 1000; echo '</configuration>'; } >>"$scratch/conf/hdfs-site.xml"
start_namenode
short=$(token_of "$(answer GET "?op=GETDELEGATIONTOKEN&user.name=alice&renewer=$me")")
HADOOP_USER_NAME=alice hdfs fetchdt --renewer "$me" "$scratch/short"
expect "a short one is good at first" '{"Path":"/user/alice"}' "$(answer GET "?op=GETHOMEDIRECTORY&delegation=$short")"
for _ in $(seq 100); do
  ended=$(answer GET "?op=GETHOMEDIRECTORY&delegation=$short")
  if [[ $ended == *InvalidToken* ]]; then break; fi
  pause 0.1
done
expect "and ends" "InvalidToken: Token " "$(grep -o 'InvalidToken: Token ' <<<"$ended")"
pause 0.5  # the other one was given out a moment later
if HADOOP_TOKEN_FILE_LOCATION=$scratch/short hdfs dfs -ls / >/dev/null; then
  echo "FAILED: an expired token is taken"; failures=$((failures + 1))
fi
expect "also over RPC" 1 "$(tail -n 1 "$scratch/client.log" | grep -c "Token  has expired\|can't be found in cache")"
expect "no secret in the logs" "" "$(grep -l "$(sed 's/=*$//' <<<"${alices: -60}")" "$scratch"/*.log || true)"
finish
