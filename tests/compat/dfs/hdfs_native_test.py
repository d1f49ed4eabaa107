"""The PyPI package hdfs-native on a tusk cluster: argument 1 is the namenode's URI."""
import os
import sys

from hdfs_native import AclEntry, Client

client = Client(sys.argv[1])
data = os.urandom(20_000_001)
client.mkdirs("/py/a", 0o755, True)
with client.create("/py/a/f") as out:
    out.write(data)
with client.read("/py/a/f") as source:
    assert source.read() == data, "bytes read"
    source.seek(9_000_000)
    assert source.read(1000) == data[9_000_000:9_001_000], "bytes in the middle"
with client.append("/py/a/f") as out:
    out.write(data[:777])
with client.read("/py/a/f") as source:
    assert source.read() == data + data[:777], "bytes appended"
with client.create("/py/empty") as out:
    pass
listed = sorted((s.path, s.length, s.isdir) for s in client.list_status("/py", True))
assert listed == [("/py/a", 0, True), ("/py/a/f", len(data) + 777, False), ("/py/empty", 0, False)], listed
summary = client.get_content_summary("/py")
assert (summary.length, summary.file_count, summary.directory_count) == (len(data) + 777, 2, 2), summary
client.rename("/py/a/f", "/py/a/g")
client.set_replication("/py/a/g", 2)
client.set_permission("/py/a/g", 0o600)
client.set_times("/py/a/g", 1000, 2000)
status = client.get_file_info("/py/a/g")
assert (status.replication, status.permission, status.modification_time) == (2, 0o600, 1000), status
try:
    client.get_file_info("/py/a/f")
    raise AssertionError("a renamed file is still there")
except FileNotFoundError:
    pass
found = sorted(s.path for s in client.glob_status("/py/*/g"))
assert found == ["/py/a/g"], found

# Access control lists.
client.mkdirs("/py/shared", 0o750, True)
client.modify_acl_entries("/py/shared", [AclEntry("user", "access", "rwx", "bob"), AclEntry("user", "default", "r-x", "bob")])
acl = client.get_acl_status("/py/shared")
named = {(e.scope.lower(), e.type.lower(), e.name or "", e.permissions) for e in acl.entries}
assert ("access", "user", "bob", "rwx") in named and ("default", "user", "bob", "r-x") in named, named
with client.create("/py/shared/child") as out:
    out.write(b"x")
inherited = {(e.type.lower(), e.name or "") for e in client.get_acl_status("/py/shared/child").entries}
assert ("user", "bob") in inherited, inherited
client.remove_acl_entries("/py/shared", [AclEntry("user", "access", "---", "bob")])
assert not [e for e in client.get_acl_status("/py/shared").entries if e.name == "bob" and e.scope.lower() == "access"]
client.remove_default_acl("/py/shared")
client.remove_acl("/py/shared")
assert client.get_acl_status("/py/shared").entries == []
assert client.delete("/py", True)
print("ok: hdfs-native")
