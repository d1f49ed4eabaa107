#!/usr/bin/env bash
# Lays the files of the packages out:    stage.sh TUSK_BINARY DEST main|names
# main: binary, units, configuration, pages, completion. names: hdfs, hadoop, yarn, mapred in /usr/bin.
set -euo pipefail
tusk=$1 dest=$2 part=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
programs=(hdfs hadoop yarn mapred)

put() { install -D -m "$1" "$2" "$dest/$3"; }

doc() {  # PACKAGE
  put 0644 "$here/debian/copyright" "usr/share/doc/$1/copyright"
  gzip -9n -c "$here/debian/changelog" | install -D -m 0644 /dev/stdin "$dest/usr/share/doc/$1/changelog.gz"
}

# What differs between the daemons: a node manager runs programs of others.
unit() {  # ROLE AFTER KILL OOM OWN...
  local role=$1 after=$2 kill=$3 oom=$4 home=yes groups=yes own
  own=$'PrivateTmp=yes\nPrivateDevices=yes\nProtectControlGroups=yes\nMemoryDenyWriteExecute=yes\nRestrictNamespaces=yes\nSystemCallFilter=@system-service'
  if [[ $role == nodemanager ]]; then
    own=$'# Containers are limited by control groups below the unit\'s own; they may need GPUs, /tmp and a compiler.\nDelegate=yes\nTasksMax=infinity'
    home=read-only groups=no
  fi
  sed -e "s|@ROLE@|$role|g" -e "s|@AFTER@|$after|" -e "s|@KILL@|$kill|" -e "s|@OOM@|$oom|" -e "s|@HOME@|$home|" -e "s|@GROUPS@|$groups|" \
      "$here/systemd/tusk.service.in" | awk -v own="$own" '$0 == "@OWN@" { print own; next } { print }' |
    sed 's/ *$//' | install -D -m 0644 /dev/stdin "$dest/usr/lib/systemd/system/tusk-$role.service"
}

if [[ $part == names ]]; then
  mkdir -p "$dest/usr/bin" "$dest/usr/share/bash-completion/completions"
  for program in "${programs[@]}"; do
    ln -sfn tusk "$dest/usr/bin/$program"
    ln -sfn tusk "$dest/usr/share/bash-completion/completions/$program"
  done
  doc tusk-hadoop-names
  exit 0
fi

put 0755 "$tusk" usr/bin/tusk
strip --strip-unneeded --remove-section=.comment "$dest/usr/bin/tusk" 2>/dev/null || true
# Hadoop's names out of the way of other packages: PATH=/usr/lib/tusk/bin:$PATH
mkdir -p "$dest/usr/lib/tusk/bin"
for program in "${programs[@]}"; do ln -sfn ../../../bin/tusk "$dest/usr/lib/tusk/bin/$program"; done
unit namenode "" mixed -900
unit datanode "tusk-namenode.service" mixed -500
unit resourcemanager "" mixed -900
# Containers survive its restart, and find it again.
unit nodemanager "tusk-resourcemanager.service" process -500
if "$tusk" help | grep -q '^  historyserver '; then unit historyserver "tusk-namenode.service" mixed 0; fi
for file in core hdfs yarn mapred; do put 0644 "$here/conf/one-machine/$file-site.xml" "etc/tusk/conf/$file-site.xml"; done
put 0644 "$here/debian/default" etc/default/tusk
(cd "$here/conf" && find . -type f) | while read -r file; do put 0644 "$here/conf/$file" "usr/share/tusk/conf/$file"; done
"$tusk" man "$dest/usr/share/man" >/dev/null
find "$dest/usr/share/man" -type f -exec gzip -9nf {} +
mkdir -p "$dest/usr/share/bash-completion/completions" "$dest/usr/share/zsh/vendor-completions"
"$tusk" completion bash >"$dest/usr/share/bash-completion/completions/tusk"
"$tusk" completion zsh >"$dest/usr/share/zsh/vendor-completions/_tusk"
put 0644 "$here/../docs/operating.md" usr/share/doc/tusk/operating.md
doc tusk
