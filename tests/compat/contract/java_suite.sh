# Sourced by the tests that run Hadoop's own test classes: a scratch folder and Java classes of ours in $scratch/classes,
# where log4j writes to $scratch/client.log. Exit 77 where there is no Java or no Hadoop jars.
#
#   suite_init NAME JAVA_FILE...     $1: for the scratch folder
#   suite_end                        what the test adds to the end: redefine it
#   suite_results TEST               where the runner notes what passed; - where nobody asks
#   suite_java OPTION...             java with what Hadoop's classes need
lib=${PEER_LIB:-$HOME/.cache/tusk-peers/hadoop/lib}
suite_end() { :; }

suite_init() {
  if ! command -v javac >/dev/null || [[ ! -e $lib/.complete ]]; then echo "no Java or no Hadoop jars in $lib"; exit 77; fi
  scratch=$(mktemp -d "${TMPDIR:-/tmp}/tusk-$1-XXXXXX"); shift
  trap 'suite_end; [[ -n ${KEEP:-} ]] || rm -rf "$scratch"' EXIT
  mkdir "$scratch/classes"
  javac -proc:none -nowarn -cp "$lib/*" -d "$scratch/classes" "$@"
  cat >"$scratch/classes/log4j.properties" <<'P'
log4j.rootLogger=WARN,file
log4j.appender.file=org.apache.log4j.FileAppender
log4j.appender.file.File=${tests.log}
log4j.appender.file.layout=org.apache.log4j.PatternLayout
log4j.appender.file.layout.ConversionPattern=%d{ISO8601} %p %c: %m%n
P
}

suite_results() {
  [[ -n ${TUSK_COMPAT_RESULTS:-} ]] || { echo -; return; }
  mkdir -p "$TUSK_COMPAT_RESULTS"
  echo "$TUSK_COMPAT_RESULTS/$1.tsv"
}

suite_java() {
  java -XX:+UseSerialGC --add-opens=java.base/java.lang=ALL-UNNAMED --add-opens=java.base/java.util=ALL-UNNAMED \
    --add-opens=java.base/java.net=ALL-UNNAMED --add-opens=java.base/java.nio=ALL-UNNAMED -Dtests.log="$scratch/client.log" \
    -Dtest.build.data="$scratch/local" -Djava.io.tmpdir="$scratch" "$@"
}
