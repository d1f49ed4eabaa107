#!/usr/bin/env bash
# Java's ClientProtocol proxy asks our namenode some 250 questions about names, permissions, listings, leases and
# quotas; every answer, also every exception's class and text, must be the one that a real Hadoop 3.4.2 namenode gave
# (tests/golden/namespace/probe.txt, recorded with NamespaceProbe.java; own user and group replaced by USER and GROUP).
# $1: tusk-namenode.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
cluster_init "$1"
start_namenode
lib=${PEER_LIB:-$HOME/.cache/tusk-peers/hadoop/lib}
golden=$here/../../golden/namespace/probe.txt
javac -proc:none -nowarn -cp "$lib/*" -d "$scratch" "$here/NamespaceProbe.java"
java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 --add-opens=java.base/java.lang=ALL-UNNAMED \
  -cp "$scratch:$lib/*" NamespaceProbe "127.0.0.1:$base" 2>"$scratch/err" >"$scratch/raw"
grep '^[0-9][0-9][0-9] ' "$scratch/raw" | sed "s/$(id -un):$(id -gn)/USER:GROUP/g" >"$scratch/ours"
diff "$golden" "$scratch/ours"
echo "ok: $(wc -l <"$golden") answers as Hadoop gives them"
source "$(dirname "${BASH_SOURCE[0]}")/../results.sh"
passed "Java DFSClient" 3.4.2 "250 answers of the namespace equal to Hadoop's"
