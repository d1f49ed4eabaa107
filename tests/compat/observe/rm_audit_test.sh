#!/usr/bin/env bash
# rm-audit.log of our resource manager after rm_audit_scene.sh has the lines that a real Hadoop 3.4.2 wrote for it.
#   rm_audit_test.sh TUSK
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tusk=$(realpath "$1") bin=$(dirname "$(realpath "$1")")
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tusk-rm-audit-XXXXXX")
trap '"$tusk" down --dir "$scratch" >/dev/null 2>&1; rm -rf "$scratch"' EXIT
user=$(id -un)
"$tusk" up --dir "$scratch" -D yarn.acl.enable=true -D "yarn.admin.acl=$user" -D yarn.scheduler.capacity.root.acl_administer_queue="$user" \
  -D yarn.scheduler.capacity.root.acl_submit_applications="$user" >/dev/null
export HADOOP_CONF_DIR=$scratch/conf
program() { "$bin/$1" "${@:2}"; }
source "$here/rm_audit_scene.sh"
rm_audit_scene
python3 "$here/check.py" rm_audit "$scratch/logs/rm-audit.log"
echo ok
