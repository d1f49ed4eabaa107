# Sourced: what the audit test does to a resource manager; the same scene against a real Hadoop (with yarn.acl.enable, its
# administrator who runs this) made tests/golden/audit/rm.txt.
#   rm_audit_scene      `program yarn|mapred|hdfs ARGS…` runs a client; its output is only read for ids
rm_audit_scene() {
  local input=/rm-audit/in app attempt container i
  program hdfs dfs -mkdir -p "$input" >/dev/null 2>&1
  program hdfs dfs -touchz "$input/empty" >/dev/null 2>&1
  local streaming=(mapred streaming -D mapreduce.job.reduces=0 -D mapreduce.map.maxattempts=1 -input "$input")
  program "${streaming[@]}" -output /rm-audit/out1 -mapper cat >/dev/null 2>&1
  program "${streaming[@]}" -output /rm-audit/out2 -mapper 'sleep 600' >/dev/null 2>&1 &
  local job=$!
  for ((i = 0; i < 300; ++i)); do
    app=$(program yarn application -list -appStates RUNNING 2>/dev/null | grep -o 'application_[0-9_]*' | head -1) || true
    [[ -n $app ]] && break
    sleep 0.2
  done
  attempt=appattempt_${app#application_}_000001
  container=container_${app#application_}_01_000001
  local line words
  while read -r line; do
    [[ -n $line ]] || continue
    line=${line//APP/$app} line=${line//TRY/$attempt} line=${line//BOX/$container}
    read -ra words <<<"$line"
    case ${words[0]} in
      as) HADOOP_USER_NAME=${words[1]} program yarn "${words[@]:2}" ;;
      *) program yarn "${words[@]}" ;;
    esac >/dev/null 2>&1 </dev/null || true
  done <<'SCENE'
application -status APP
application -status application_1_0009
application -updatePriority 3 -appId APP
application -movetoqueue APP -queue default
application -appId APP -updateLifetime 3600
application -list -appStates ALL
applicationattempt -list APP
applicationattempt -status TRY
container -list TRY
container -status BOX
container -signal BOX OUTPUT_THREAD_DUMP
queue -status default
queue -status nothere
node -list
as alice application -status APP
as alice application -kill APP
as alice application -updatePriority 4 -appId APP
as alice application -movetoqueue APP -queue default
as alice container -signal BOX GRACEFUL_SHUTDOWN
as alice applicationattempt -list APP
as alice rmadmin -refreshNodes
as alice rmadmin -refreshQueues
rmadmin -refreshQueues
rmadmin -refreshNodes
rmadmin -refreshAdminAcls
rmadmin -refreshUserToGroupsMappings
rmadmin -refreshSuperUserGroupsConfiguration
rmadmin -refreshServiceAcl
rmadmin -refreshClusterMaxPriority
application -kill APP
application -kill application_1_0009
application -kill APP
application -fail TRY
SCENE
  wait "$job" || true
}
