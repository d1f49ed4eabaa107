#!/usr/bin/env bash
# The Debian packages are built from the build folder and read: files, modes, control scripts, units.    deb_test.sh BUILD_FOLDER [OUT]
set -euo pipefail
build=$1 here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
for tool in cpack dpkg-deb dpkg-shlibdeps; do command -v $tool >/dev/null || { echo "no $tool"; exit 77; }; done
scratch=$(mktemp -d); trap 'rm -rf "$scratch"' EXIT
out=${2:-$scratch/out}
fail() { echo "FAILED: $*"; exit 1; }

cpack -G DEB --config "$build/CPackConfig.cmake" -B "$out" >"$scratch/cpack.log" 2>&1 || { tail -30 "$scratch/cpack.log"; fail cpack; }
main=$(ls "$out"/tusk_*.deb) names=$(ls "$out"/tusk-hadoop-names_*.deb)
dpkg-deb --raw-extract "$main" "$scratch/root"
root=$scratch/root

# Control.
depends=$(dpkg-deb -f "$main" Depends)
for library in libc6 libprotobuf-lite libssl3 libfmt; do [[ $depends == *$library* ]] || fail "Depends lacks $library: $depends"; done
[[ $(dpkg-deb -f "$names" Conflicts) == *hdfs-cli* && $(dpkg-deb -f "$names" Architecture) == all ]] || fail "tusk-hadoop-names' control"
cmp -s "$root/DEBIAN/conffiles" <(cd "$root" && find etc -type f | sed 's|^|/|' | sort) || fail "conffiles are not the files of /etc"
for script in postinst prerm postrm; do
  [[ -x $root/DEBIAN/$script ]] || fail "$script is not executable"
  sh -n "$root/DEBIAN/$script" || fail "$script"
  if grep -qE 'systemctl +(--[a-z]+ +)*(start|enable)|-format' "$root/DEBIAN/$script"; then fail "$script starts or formats something"; fi
done
if grep -qE 'rm .*(/var/lib/tusk)' "$root/DEBIAN/postrm"; then fail "postrm removes data"; fi

# Files.
[[ -x $root/usr/bin/tusk && $(readlink "$root/usr/lib/tusk/bin/hdfs") == ../../../bin/tusk ]] || fail "binary and links"
dpkg-deb -c "$main" | grep -vq ' root/root ' && dpkg-deb -c "$main" | grep -v ' root/root ' | head -3 && fail "files not root's"
if find "$root" -path "$root/DEBIAN" -prune -o \( -perm -o=w -o -perm -u=s \) ! -type l -print | grep -q .; then fail "files that others may write"; fi
if readelf -S "$root/usr/bin/tusk" | grep -q '\.debug_info'; then fail "the binary is not stripped"; fi
for page in man1/tusk.1.gz man1/tusk-dfs.1.gz man5/tusk-configuration.5.gz; do gzip -t "$root/usr/share/man/$page" || fail "$page"; done
bash -n "$root/usr/share/bash-completion/completions/tusk"
[[ -s $root/usr/share/doc/tusk/copyright && -s $root/usr/share/doc/tusk/changelog.gz && -s $root/usr/share/doc/tusk/operating.md ]] || fail "doc"

# The settings in it are good ones.
for folder in "$root/etc/tusk/conf" "$root"/usr/share/tusk/conf/* "$here/deploy/container/conf"; do
  "$build/bin/tusk" config lint "$folder" >"$scratch/lint" || { cat "$scratch/lint"; fail "settings in $folder"; }
done

# Kubernetes' copy of the container's settings is one.
python3 - "$here/deploy" <<'PY' || fail "deploy/kubernetes/configuration.yaml and deploy/container/conf differ"
import pathlib, re, sys
deploy = pathlib.Path(sys.argv[1])
text = (deploy / "kubernetes/configuration.yaml").read_text()
blocks = {name: re.sub("(?m)^    ", "", body) for name, body in re.findall(r"(?m)^  ([\w-]+\.xml): \|\n((?:    .*\n)+)", text)}
files = {path.name: path.read_text() for path in (deploy / "container/conf").glob("*.xml")}
for name in sorted(blocks.keys() ^ files.keys()):
    print("only in one of them:", name)
wrong = [name for name in blocks.keys() & files.keys() if blocks[name] != files[name]]
print(*wrong)
sys.exit(1 if wrong or blocks.keys() != files.keys() or not files else 0)
PY

# Units.
units=("$root"/usr/lib/systemd/system/tusk-*.service)
((${#units[@]} >= 4)) || fail "units"
for unit in "${units[@]}"; do
  for setting in User=tusk NoNewPrivileges=yes ProtectSystem=strict Restart=on-failure LimitNOFILE= Type=notify; do
    grep -q "^$setting" "$unit" || fail "$(basename "$unit") lacks $setting"
  done
done
if command -v systemd-analyze >/dev/null; then
  systemd-analyze verify --man=no "${units[@]}" >"$scratch/verify" 2>&1 || true
  # That the binary is not installed here is not the units' fault.
  if grep -E 'tusk-.*: ' "$scratch/verify" | grep -vE 'not executable|No such file'; then fail "systemd-analyze verify"; fi
fi
if command -v lintian >/dev/null; then
  lintian --fail-on error --suppress-tags bogus-mail-host,bogus-mail-host-in-debian-changelog "$main" "$names" >"$scratch/lintian" 2>&1 ||
    { grep '^E:' "$scratch/lintian"; fail lintian; }
fi
echo "$(basename "$main"), $(stat -c %s "$main") bytes: $(find "$root" -type f | wc -l) files, ${#units[@]} units"
