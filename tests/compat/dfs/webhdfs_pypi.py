"""The PyPI package hdfs (HdfsCLI) on tusk's WebHDFS: arguments are the namenode's HTTP address and the user."""
import os
import sys

from hdfs import InsecureClient
from hdfs.util import HdfsError

client = InsecureClient("http://" + sys.argv[1], user=sys.argv[2])
data = os.urandom(9_000_001)  # more than a block of this cluster


def refused(what, call):
    try:
        call()
    except HdfsError as error:
        assert what in str(error), error
    else:
        raise AssertionError("not refused: " + what)


client.makedirs("/py/a", permission=755)
client.write("/py/a/f", data=data, replication=1)
with client.read("/py/a/f") as source:
    assert source.read() == data, "bytes read"
with client.read("/py/a/f", offset=8_500_000, length=777) as source:
    assert source.read() == data[8_500_000:8_500_777], "bytes across a block's end"
client.write("/py/a/f", data=data[:1000], append=True)
assert client.status("/py/a/f")["length"] == len(data) + 1000
refused("already exists", lambda: client.write("/py/a/f", data=b"x"))
with client.write("/py/a/g", encoding="utf-8", overwrite=True, blocksize=1048576, permission=600) as out:
    for i in range(100_000):
        out.write("line %d ä\n" % i)
with client.read("/py/a/g", encoding="utf-8", delimiter="\n") as lines:
    assert next(iter(lines)) == "line 0 ä"
assert client.status("/py/a/g")["permission"] == "600"
assert client.status("/py/a/g")["blockSize"] == 1048576
assert client.list("/py/a") == ["f", "g"]
assert [name for name, _ in client.list("/py", status=True)] == ["a"]
client.rename("/py/a/g", "/py/h")
assert client.content("/py")["fileCount"] == 2 and client.content("/py")["directoryCount"] == 2
assert client.checksum("/py/a/f")["algorithm"].startswith("MD5-of-"), client.checksum("/py/a/f")
client.set_times("/py/h", access_time=2000, modification_time=1000)
assert client.status("/py/h")["modificationTime"] == 1000 and client.status("/py/h")["accessTime"] == 2000
client.set_permission("/py/h", "640")
client.set_owner("/py/h", owner="alice", group="staff")
status = client.status("/py/h")
assert (status["permission"], status["owner"], status["group"]) == ("640", "alice", "staff"), status
client.set_replication("/py/h", 2)
client.set_acl("/py/h", "user::rw-,user:bob:r--,group::r--,other::---")
assert "user:bob:r--" in client.acl_status("/py/h")["entries"]
client.remove_acl("/py/h")
assert client.acl_status("/py/h")["entries"] == []
for path, dirs, files in client.walk("/py"):
    assert path.startswith("/py")
local = sys.argv[3]
with open(os.path.join(local, "up"), "wb") as out:
    out.write(data)
client.upload("/py/up", os.path.join(local, "up"), n_threads=1)
client.download("/py/up", os.path.join(local, "down"))
with open(os.path.join(local, "down"), "rb") as source:
    assert source.read() == data, "bytes up and down"
refused("File does not exist", lambda: client.status("/py/none"))
assert client.status("/py/none", strict=False) is None
bob = InsecureClient("http://" + sys.argv[1], user="bob")
refused("Permission denied", lambda: bob.write("/py/bobs", data=b"x"))
refused("Permission denied", lambda: bob.delete("/py/h"))
assert client.delete("/py/h") is True
assert client.delete("/py", recursive=True) is True
assert client.delete("/py") is False
print("ok: the PyPI package hdfs reads, writes, appends, lists, renames, deletes, sets ACLs and attributes")
