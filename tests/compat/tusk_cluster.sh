# Sourced by compat tests that run Java's clients on a whole cluster of `tusk up`. Everything ends with the script,
# jobs in the background too.
#
#   cluster_init NAME TUSK     scratch folder, environment of Java's clients; exit 77 where there is no Java or no Hadoop
#                              jars. `tusk up --dir "$scratch/cluster" ...` is the test's own
#   logs+=(FILE)               shown, beside $scratch/*.log, when the test fails
#   pause SECONDS
#   await WHAT COMMAND...      until it succeeds, at most 180 s
#   daemon NAME FIELD          of `tusk status`: 2 the state, 3 the pid
#   kill_daemon NAME           with -9, and waits until its supervisor has started it again
peer=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/peers/hadoop-peer
logs=()

cluster_init() {
  tusk=$2
  lib=${PEER_LIB:-$HOME/.cache/tusk-peers/hadoop/lib}
  if ! command -v java >/dev/null || [[ ! -e $lib/.complete ]]; then echo "no Java or no Hadoop jars in $lib"; exit 77; fi
  scratch=$(mktemp -d "${TMPDIR:-/tmp}/tusk-compat-$1-XXXXXX")
  trap cluster_end EXIT
  mkdir "$scratch/peer"
  ln -s "$lib" "$scratch/peer/lib"
  export PEER_HOME=$scratch/peer PEER_CONF=$scratch/cluster/conf HADOOP_CONF_DIR=$scratch/cluster/conf
}

cluster_end() {
  local status=$? child
  if ((status != 0)); then tail -n 40 "$scratch"/*.log "${logs[@]}" || true; fi
  for child in $(jobs -pr); do kill "$child" 2>/dev/null || true; done
  "$tusk" down --dir "$scratch/cluster" >/dev/null 2>&1 || true
  [[ -n ${KEEP:-} ]] || rm -rf "$scratch"
}

pause() { read -rt "$1" <> <(:) || true; }
await() {
  local what=$1 tries=900; shift
  until "$@"; do
    if ((--tries == 0)); then echo "FAILED: waiting for $what"; exit 1; fi
    pause 0.2
  done
}

daemon() { "$tusk" status --dir "$scratch/cluster" | awk -v name="$1" -v field="$2" '$1 == name { print $field }'; }
daemon_is_back() { [[ $(daemon "$1" 3) != "$2" && $(daemon "$1" 2) == running ]]; }
kill_daemon() {
  local pid; pid=$(daemon "$1" 3)
  kill -9 "$pid"
  await "$1" daemon_is_back "$1" "$pid"
}
