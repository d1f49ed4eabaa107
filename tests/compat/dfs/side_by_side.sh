# Sourced: the lines of shell_side_by_side.txt with the real shell and with ours on one cluster, compared.
#
#   side_by_side CONF HDFS NAME=VALUE...    the cluster's conf folder; our program; replacements in the lines. Needs $scratch
#                                           and $lib; prints the difference and returns 1 where there is one.
side_by_side_lines=$(dirname "${BASH_SOURCE[0]}")/shell_side_by_side.txt

# What differs from run to run: times, capacities, names of blocks, log lines, usage texts (ours are our own where they
# explain).
plain_shell() {
  tr '\0' '%' | sed -E "s#/(ours|java)([/ ':]|\$)#/X\2#g; s#[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}#TIME#g;
    s#^Balancer bandwidth is .*#Balancer bandwidth is N#; s#^(hdfs://[^ ]*) +[0-9].*%\$#\1 N#; s#^Filesystem +Size.*#Filesystem#;
    s#(Remaining|Used|Used%|Remaining%|Present Capacity|Configured Capacity|contact|Report|Xceivers|Blocks|Left|Reserved): .*#\1: N#
    s#Pending deletion blocks: .*#Pending deletion blocks: N#; s#BP-[0-9]+-[0-9.]+-[0-9]+#POOL#g; s#blk_[0-9]+(_[0-9]+)?#BLK#g; s# at [A-Z][a-z]{2} [A-Z][a-z]{2} +[0-9]+ [0-9:]+ [A-Z]+ [0-9]+# at DATE#
    s#in [0-9]+ milliseconds#in N milliseconds#; s#Current/?[0-9]{13}#CHECKPOINT#g; s#\.Trash/[0-9]{12}#.Trash/CHECKPOINT#g" |
    sed -E 's#\((localhost|'"$(hostname)"')\)#(HOST)#' |
    grep -avE '^TIME:[0-9,]+ +(INFO|WARN|ERROR)|^[0-9/: ]+ (INFO|WARN|ERROR)|^org.apache.hadoop.ipc.RemoteException|^\s+at |^log4j|^SLF4J|^(Generic options|-conf|-D|-fs|-jt|-files|-libjars|-archives|The general|command \[gen)|^$|^\s+\[-|^Usage: h|^Note: |^Connecting to namenode via|^Moved: |^(Created|Deleted) trash checkpoint'
}

side_by_side() {
  local conf=$1 ours=$2 tool args code replacement script="s#ME#$(id -un)#g;"
  shift 2
  for replacement in "$@"; do script+="s#${replacement%%=*}#${replacement#*=}#g;"; done
  echo "twenty bytes of data" >"$scratch/data"
  head -c 3072 /dev/zero | tr '\0' 'x' >"$scratch/big"
  mkdir -p "$scratch/classes" "$scratch/java" "$scratch/ours"
  lines() { sed "s#LOCALURI#file:$scratch$1#g; s#LOCAL#$scratch$1#g; s#@#$1#g; s#DATA#$scratch/data#g; s#BIG#$scratch/big#g; $script" "$side_by_side_lines"; }
  javac -proc:none -nowarn -cp "$lib/*" -d "$scratch/classes" "$(dirname "$side_by_side_lines")/ShellLines.java"
  lines /java | java -Xmx300m -cp "$conf:$scratch/classes:$lib/*" ShellLines 2>"$scratch/java.err" | plain_shell >"$scratch/java.txt"
  set -f  # patterns are for the shell under test
  lines /ours | while read -r tool args; do
    echo "\$ $tool${args:+ $args}"
    HADOOP_CONF_DIR=$conf "$ours" "$tool" $args 2>&1 </dev/null && code=0 || code=$?
    echo "= $code"
  done | plain_shell >"$scratch/ours.txt"
  set +f
  if ! diff -u "$scratch/java.txt" "$scratch/ours.txt"; then echo "FAILED: the shells differ (-: Java, +: ours)"; return 1; fi
  echo "ok: $(wc -l <"$side_by_side_lines") lines, same output and exit codes"
}
