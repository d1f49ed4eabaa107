#!/usr/bin/env bash
# Java's ClientProtocol proxy asks our namenode some 400 questions about access control lists, extended attributes,
# storage policies, quotas by type, features that are off, and administration; every answer, also every exception's class
# and text, must be the one that a real Hadoop 3.4.2 namenode without an enabled erasure coding policy gave
# (tests/golden/namespace/attributes_probe.txt, recorded with AttributesProbe.java; own user and group as USER:GROUP).
# $1: tusk-namenode.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
cluster_init "$1"
start_namenode
lib=${PEER_LIB:-$HOME/.cache/tusk-peers/hadoop/lib}
golden=$here/../../golden/namespace/attributes_probe.txt
javac -proc:none -nowarn -cp "$lib/*" -d "$scratch" "$here/AttributesProbe.java" 2>"$scratch/javac"
java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 --add-opens=java.base/java.lang=ALL-UNNAMED \
  -cp "$scratch:$lib/*" AttributesProbe "127.0.0.1:$base" 2>"$scratch/err" >"$scratch/raw"
grep '^[0-9][0-9][0-9] ' "$scratch/raw" |
  sed "s/$(id -un):$(id -gn)/USER:GROUP/g; s/owner: $(id -un), group: $(id -gn)/owner: USER, group: GROUP/g; s/for $(id -un) since/for USER since/" >"$scratch/ours"
diff "$golden" "$scratch/ours"
echo "ok: $(wc -l <"$golden") answers as Hadoop gives them"
source "$(dirname "${BASH_SOURCE[0]}")/../results.sh"
passed "Java DFSClient" 3.4.2 "398 answers about ACLs, extended attributes, policies, quotas and features that are off equal to Hadoop's"
