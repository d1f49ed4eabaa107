#!/usr/bin/env bash
# Debian's hdfs-cli (a Go client of its own) on tusk's namenode and datanodes.
#   hdfs_cli_test.sh HDFS NAMENODE DATANODE; exit 77 where the package cannot be had
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${TUSK_PEERS:-$HOME/.cache/tusk-peers}/hdfs-cli
if [[ ! -x $folder/usr/bin/hdfs ]]; then
  mkdir -p "$folder"
  { (cd "$folder" && apt-get download -qq hdfs-cli && dpkg -x hdfs-cli_*.deb .) 2>/dev/null && [[ -x $folder/usr/bin/hdfs ]]; } ||
    { echo "hdfs-cli cannot be downloaded"; exit 77; }
fi
source "$here/../../minicluster/cluster.sh"
cluster_init "$1" "$2" "$3"
start_namenode
for n in 0 1 2; do start_datanode $n; done
wait_bean FSNamesystemState NumLiveDataNodes 3
export HADOOP_NAMENODE=127.0.0.1:$base
go() { timeout 60 "$folder/usr/bin/hdfs" "$@"; }
failures=0
check() {  # NAME EXPECTED ACTUAL
  if [[ $2 == "$3" ]]; then echo "ok: $1"; return; fi
  printf 'FAILED: %s\n expected: %s\n actual:   %s\n' "$1" "$2" "$3"
  failures=$((failures + 1))
}
head -c 5000001 /dev/urandom >"$scratch/data"
sum=$(md5sum <"$scratch/data")
go mkdir -p /go/a
go put "$scratch/data" /go/a/f
check "bytes read" "$sum" "$(go cat /go/a/f | md5sum)"
go get /go/a/f "$scratch/back"
check "bytes fetched" "$sum" "$(md5sum <"$scratch/back")"
go touch /go/empty
check "listed" "/go/a /go/empty" "$(go ls /go | sed 's#^\([^/]\)#/go/\1#' | sed 's#/$##' | tr '\n' ' ' | sed 's/ $//')"
go mv /go/a/f /go/g
check "renamed" "$sum" "$(go cat /go/g | md5sum)"
if go cat /go/a/f >/dev/null 2>&1; then check "a renamed file is gone" "an error" "bytes"; fi
go chmod 600 /go/g
check "mode" "-rw-------" "$(go ls -l /go/g | cut -c1-10)"
check "last bytes" "$(tail -c 100 "$scratch/data" | md5sum)" "$(go tail -c 100 /go/g | md5sum)"
check "checksum" "$("$1" dfs -checksum /go/g | cut -f3 | tail -c 33)" "$(go checksum /go/g | grep -o '[0-9a-f]\{32\}')"
go rm -r /go
check "deleted" "" "$(go ls / | tr -d ' \n')"
((failures == 0)) || { echo "$failures failures"; exit 1; }
source "$here/../results.sh"
passed "Debian hdfs-cli" "$(dpkg-deb -f "$folder"/hdfs-cli_*.deb Version)" "read" "write" "list" "rename" "delete"
