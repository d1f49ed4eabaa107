# Sourced: what the audit test does to a namenode; the same scene against a real Hadoop made tests/golden/audit/hdfs.txt.
#   audit_scene HDFS NAMENODE_HTTP    with HADOOP_CONF_DIR of the cluster; its superuser is who runs this
audit_scene() {
  local hdfs=$1 http=$2 line words file
  file=$(mktemp)
  printf 'twelve bytes' >"$file"
  while read -r line; do
    [[ -n $line && $line != \#* ]] || continue
    read -ra words <<<"${line//FILE/$file}"
    case ${words[0]} in
      as) HADOOP_USER_NAME=${words[1]} "$hdfs" "${words[@]:2}" >/dev/null 2>&1 || true ;;
      web) curl -s -o /dev/null -X "${words[1]}" "http://$http/webhdfs/v1${words[2]}" || true ;;
      *) "$hdfs" "${words[@]}" >/dev/null 2>&1 </dev/null || true ;;
    esac
  done <<'SCENE'
dfs -mkdir -p /audit/a/b
dfs -put FILE /audit/a/f
dfs -cat /audit/a/f
dfs -ls /audit/a
dfs -stat %n /audit/none
dfs -mv /audit/a/f /audit/a/g
dfs -mv /audit/a/none /audit/a/h
dfs -setrep 2 /audit/a/g
dfs -chmod 640 /audit/a/g
dfs -chown alice:users /audit/a/g
dfs -touch -t 20200101:000000 /audit/a/g
dfs -touchz /audit/a/empty
dfs -appendToFile FILE /audit/a/empty
dfs -truncate 4 /audit/a/empty
dfs -checksum /audit/a/g
dfs -count /audit
dfs -count -q /audit
dfs -setfacl -m user:bob:r-- /audit/a/g
dfs -getfacl /audit/a/g
dfs -setfacl -x user:bob /audit/a/g
dfs -setfacl -b /audit/a/g
dfs -setfattr -n user.color -v blue /audit/a/g
dfs -getfattr -d /audit/a/g
dfs -getfattr -n user.color /audit/a/g
dfs -setfattr -x user.color /audit/a/g
dfs -concat /audit/a/g /audit/a/empty
dfs -rm -skipTrash /audit/a/none
dfs -rm -skipTrash /audit/a/g
dfs -mkdir /audit/closed
dfs -chmod 700 /audit/closed
as alice dfs -mkdir /audit/closed/x
as alice dfs -ls /audit/closed
as alice dfs -put FILE /audit/closed/y
as alice dfs -chmod 777 /audit/closed
as alice dfs -chown alice /audit/closed
as alice dfs -mv /audit/closed /audit/open
as alice dfs -rm -r -skipTrash /audit/closed
as alice dfs -setrep 1 /audit/closed/y
as alice dfs -setfacl -m user:bob:r-- /audit/closed
as alice dfs -getfacl /audit/closed/x
as alice dfs -count /audit/closed
as alice dfs -cat /audit/closed/y
as alice dfsadmin -safemode enter
as alice dfsadmin -report
as alice dfsadmin -setQuota 5 /audit/a
dfsadmin -setQuota 100 /audit/a
dfsadmin -clrQuota /audit/a
dfsadmin -setSpaceQuota 1g /audit/a
dfsadmin -clrSpaceQuota /audit/a
dfsadmin -safemode get
dfsadmin -safemode enter
dfs -mkdir /audit/insafemode
dfsadmin -saveNamespace
dfsadmin -safemode leave
dfsadmin -rollEdits
dfsadmin -refreshNodes
dfsadmin -report
dfsadmin -setBalancerBandwidth 1048576
dfsadmin -metasave meta.txt
dfsadmin -listOpenFiles
storagepolicies -setStoragePolicy -path /audit/a -policy COLD
storagepolicies -getStoragePolicy -path /audit/a
storagepolicies -unsetStoragePolicy -path /audit/a
storagepolicies -listPolicies
fsck /audit
web PUT /audit/web?op=MKDIRS&user.name=root&permission=755
web GET /audit/web?op=GETFILESTATUS&user.name=root
web GET /audit/none?op=GETFILESTATUS&user.name=root
web GET /audit?op=LISTSTATUS&user.name=root
web GET /audit?op=LISTSTATUS
web GET /audit?op=GETCONTENTSUMMARY&user.name=alice
web GET /audit?op=GETCONTENTSUMMARY&user.name=root
web PUT /audit/web?op=SETPERMISSION&permission=711&user.name=root
web PUT /audit/web?op=SETOWNER&owner=bob&user.name=root
web PUT /audit/web?op=SETTIMES&modificationtime=1000000000000&user.name=root
web PUT /audit/web?op=RENAME&destination=/audit/web2&user.name=root
web PUT /audit/web2?op=SETOWNER&owner=bob&user.name=alice
web PUT /audit/web%09tab%C3%A4%22?op=MKDIRS&user.name=root
web GET /audit/web2?op=GETACLSTATUS&user.name=root
web GET /audit/web2?op=GETXATTRS&user.name=root
web GET /audit/web2?op=CHECKACCESS&fsaction=r-x&user.name=alice
web GET /audit/web2?op=LISTSTATUS&user.name=root&doas=carol
web GET /audit/web2?op=GETHOMEDIRECTORY&user.name=root
web PUT /audit/web2?op=CREATESYMLINK&destination=/audit/l&user.name=root
web GET /audit/web2?op=GETQUOTAUSAGE&user.name=root
web GET /?op=GETSERVERDEFAULTS&user.name=root
web DELETE /audit/web2?op=DELETE&user.name=root
web DELETE /audit/none?op=DELETE&user.name=root
web GET /?op=GETDELEGATIONTOKEN&renewer=root&user.name=root
web PUT /audit/w/x?op=CREATE&user.name=root&overwrite=true
dfs -rm -r -skipTrash /audit
SCENE
  rm -f "$file"
}
