#!/usr/bin/env bash
# What a container is given of a program runs where there is nothing else: no library, no loader, no shell. $1 tusk.
set -euo pipefail
tusk=$1
if ! unshare --map-root-user --mount true 2>/dev/null; then echo "no user namespaces here"; exit 77; fi
root=$(mktemp -d); trap 'rm -rf "$root"' EXIT
mkdir "$root/in" "$root/tmp" "$root/etc"
printf 'b a b\n' >"$root/in/x"
printf '127.0.0.1 here\n' >"$root/etc/hosts"
HADOOP_CONF_DIR='' "$tusk" examples wordcount "--tusk-mr-package=$root/app"
loader=$(basename "$(ls "$root"/app/job.lib/ld-*)")
inside() { unshare --map-root-user --mount chroot "$root" "/app/job.lib/$loader" --library-path /app/job.lib /app/job.exe "$@"; }
inside examples wordcount -Dmapreduce.job.reduces=1 file:///in file:///out
printf 'a\t1\nb\t2\n' | cmp - "$root/out/part-r-00000"
echo "ok: it counts words"
# Names of hosts are looked up by parts of libc that it opens itself.
inside dfs -ls hdfs://here:1/ 2>"$root/error" && exit 1
grep -q 'here:1' "$root/error" && grep -qi 'refused' "$root/error"
inside dfs -ls hdfs://nowhere:1/ 2>"$root/error" && exit 1
grep -q 'nowhere' "$root/error" && ! grep -qi 'refused' "$root/error"
echo "ok: it looks names up"
