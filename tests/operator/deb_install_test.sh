#!/usr/bin/env bash
# The packages in a fresh Debian: debootstrap, apt install, the units' own command lines run as the units' users (there is no systemd in a
# chroot; READY=1 is listened for), a file put and got, a job, upgrade, purge: the data stays. By hand: root, and Debian's mirror.
#   deb_install_test.sh PACKAGE_FOLDER [ROOT_OF_debootstrap]     the root is made where it is missing, and copied
set -euo pipefail
packages=$(realpath "$1") base=${2:-/var/tmp/tusk-bookworm}
[[ $(id -u) == 0 ]] || { echo "needs root"; exit 77; }
if [[ ! -x $base/usr/bin/apt-get ]]; then
  debootstrap --variant=minbase bookworm "$base" http://deb.debian.org/debian >"$base.log" 2>&1 || { tail "$base.log"; exit 1; }
fi
scratch=$(mktemp -d /var/tmp/tusk-install-XXXXXX)
root=$scratch/root
cleanup() {
  local status=$?
  for pid in ${daemons[@]+"${daemons[@]}"}; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  if ((status != 0)); then tail -n 15 "$scratch"/*.log; fi
  for mounted in proc dev/shm dev; do umount "$root/$mounted" 2>/dev/null || true; done
  rm -rf --one-file-system "$scratch"
}
daemons=()
trap cleanup EXIT
cp -a "$base" "$root"
echo "127.0.0.1 localhost" >"$root/etc/hosts"  # debootstrap leaves none
cp "$packages"/tusk_*.deb "$packages"/tusk-hadoop-names_*.deb "$root/tmp/"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 "$@"; }
fail() { echo "FAILED: $*"; exit 1; }

inside apt-get update -qq >"$scratch/apt.log" 2>&1
inside sh -c 'apt-get install -y --no-install-recommends /tmp/tusk_*.deb /tmp/tusk-hadoop-names_*.deb' >>"$scratch/apt.log" 2>&1 || fail "apt install"
[[ $(inside stat -c '%U %a' /var/lib/tusk/namenode) == "tusk 700" ]] || fail "folders of the user tusk"
if ls "$root/var/lib/tusk/namenode" | grep -q .; then fail "installing formatted something"; fi
if inside sh -c 'ls -l /proc/[0-9]*/exe 2>/dev/null' | grep -q "$root\|/usr/bin/tusk"; then fail "installing started something"; fi
inside hdfs version | grep -q tusk || fail "hdfs version"

# A network of its own: Hadoop's ports are free there.
ip_ns="tusk-install-$$"
unit() { sed -n "s/^$2=//p" "$root/usr/lib/systemd/system/tusk-$1.service" | tail -1; }
start() {  # ROLE
  local role=$1 user
  user=$(unit "$role" User)
  python3 - "$root/run/notify-$role" "$scratch/ready-$role" <<'PY' &
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[1]); os.chmod(sys.argv[1], 0o777)
s.settimeout(60)
try:
    while b"READY=1" not in s.recv(4096): pass
except TimeoutError:
    sys.exit(1)
open(sys.argv[2], "w").write("READY=1")
PY
  local listener=$!
  until [[ -S $root/run/notify-$role ]]; do read -rt 0.05 <> <(:) || true; done
  nsenter --net="/run/$ip_ns" chroot --userspec="$user" "$root" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/var/lib/tusk LANG=C.UTF-8 \
    NOTIFY_SOCKET="/run/notify-$role" WATCHDOG_USEC=180000000 sh -c "cd /var/lib/tusk && exec $(unit "$role" ExecStart)" >"$scratch/$role.log" 2>&1 &
  daemons+=($!)
  wait "$listener" 2>/dev/null || fail "$role does not say READY=1"
  echo "$role: ready, as $user, by its unit's ExecStart"
}
as_tusk() { nsenter --net="/run/$ip_ns" chroot --userspec=tusk "$root" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/var/lib/tusk HADOOP_CONF_DIR=/etc/tusk/conf "$@"; }
touch "/run/$ip_ns"
unshare --net="/run/$ip_ns" ip link set lo up 2>/dev/null || unshare --net="/run/$ip_ns" python3 -c '
import fcntl, socket, struct
s = socket.socket(); fcntl.ioctl(s, 0x8914, struct.pack("16sh14x", b"lo", 0x41))'
trap 'cleanup; umount "/run/$ip_ns" 2>/dev/null; rm -f "/run/$ip_ns"' EXIT

# A chroot has no control groups: the doctor would say so, and that its remedy is this.
sed -i 's|</configuration>|<property><name>tusk.nodemanager.cgroups</name><value>off</value></property>\n</configuration>|' "$root/etc/tusk/conf/yarn-site.xml"
as_tusk tusk namenode -format -nonInteractive >"$scratch/format.log" 2>&1 || fail "format"
for role in namenode datanode resourcemanager nodemanager historyserver; do start "$role"; done
as_tusk hdfs dfs -put /etc/debian_version /x
[[ $(as_tusk hdfs dfs -cat /x) == $(<"$root/etc/debian_version") ]] || fail "put and get"
as_tusk yarn jar hadoop-mapreduce-examples.jar pi 2 1000 >"$scratch/pi.log" 2>&1 || fail "pi"
grep -q 'Estimated value of Pi is 3.1' "$scratch/pi.log" || fail "pi's answer"
as_tusk tusk doctor || fail "doctor is not content"
inside sh -c 'man -w tusk 2>/dev/null || ls /usr/share/man/man1/tusk.1.gz' >/dev/null

# A changed setting and the data survive an upgrade, and a purge leaves the data.
sed -i 's|</configuration>|<property><name>fs.trash.interval</name><value>7</value></property>\n</configuration>|' "$root/etc/tusk/conf/core-site.xml"
inside sh -c 'dpkg -i --force-confdef --force-confold /tmp/tusk_*.deb' >>"$scratch/apt.log" 2>&1 || fail "installing it again"
grep -q '<value>7</value>' "$root/etc/tusk/conf/core-site.xml" || fail "an upgrade overwrote a setting"
for pid in "${daemons[@]}"; do kill "$pid"; done
wait "${daemons[@]}" || fail "a daemon's end"
daemons=()
inside apt-get purge -y tusk tusk-hadoop-names >>"$scratch/apt.log" 2>&1 || fail "purge"
[[ -s $root/var/lib/tusk/namenode/current/VERSION ]] || fail "a purge removed the namespace"
[[ ! -e $root/usr/bin/tusk && ! -e $root/etc/tusk/conf/core-site.xml ]] || fail "a purge left files"
echo "installed, started, used, upgraded and purged; the data stayed"
