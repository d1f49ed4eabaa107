"""Speaks WebHDFS to a fresh cluster and prints what it answers, with what differs between clusters put out.

    webhdfs_transcript.py NAMENODE_HTTP_HOST:PORT USER > transcript

The same script against a real Hadoop made tests/golden/webhdfs/hadoop-3.4.2.txt. USER is the superuser.
"""
import http.client
import re
import sys
from urllib.parse import quote, urlsplit

server, superuser = sys.argv[1], sys.argv[2]
supergroup = None

# (pattern, replacement) on bodies and locations, in order.
PUT_OUT = [
    (re.compile(r'"(accessTime|modificationTime|modification_time|lastUpdate|lastUpdateMonotonic)":\d{12,}'), r'"\1":"TIME"'),
    (re.compile(r'"(lastBlockReportTime|lastBlockReportMonotonic|lastUpdateMonotonic|fileId|blockId|generationStamp|infoPort|ipcPort|xferPort)":\d+'), r'"\1":"N"'),
    (re.compile(r'"(capacity|dfsUsed|remaining|used|blockPoolUsed|nonDfsUsed|xceiverCount|softwareVersion|numBlocks)":"?[\d.]+"?'), r'"\1":"N"'),
    (re.compile(r'"(blockPoolId|storageID|name|ipAddr)":"(BP-|DS-|[0-9a-f]{8}-|127\.0\.0\.1)[^"]*"'), r'"\1":"X"'),
    (re.compile(r'"hostName":"[^"]*"'), '"hostName":"X"'),
    (re.compile(r'"(hosts|names|topologyPaths|cachedHosts|storageIds)":\[[^\]]*\]'), r'"\1":["X"]'),
    (re.compile(r'"urlString":"[^"]+"'), '"urlString":"TOKEN"'),
    (re.compile(r'//(127\.0\.0\.1|localhost|[A-Za-z0-9.-]+):\d+/webhdfs'), '//DATANODE/webhdfs'),
    (re.compile(r'namenoderpcaddress=[^&"]*'), 'namenoderpcaddress=NAMENODE'),
    (re.compile(r'hdfs://[^/"]*/'), 'hdfs://NAMENODE/'),
    (re.compile(r'\(inode \d+\)'), '(inode N)'),
    (re.compile(r'\bDFSClient_NONMAPREDUCE_[-\d]+_\d+'), 'CLIENT'),
]


def put_out(text):
    for pattern, replacement in PUT_OUT:
        text = pattern.sub(replacement, text)
    if superuser != "root":
        text = re.sub(rf'\b{re.escape(superuser)}\b', "root", text)
    # A datanode's messages carry a Java stack behind the first line.
    return re.sub(r'\\n\\tat [^"]*"', '"', text)


def ask(method, host, target, body=None, headers={}):
    connection = http.client.HTTPConnection(host, timeout=60)
    connection.request(method, target, body=body, headers=headers)
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer, data


def show(method, target, answer, data):
    target = re.sub(r'&user\.name=' + re.escape(superuser) + r'\b', '', target)
    kind = answer.getheader("Content-Type") or "-"
    print(f"> {method} {put_out(target)}\n< {answer.status} {kind.replace(' ', '')}")
    if answer.getheader("Location"):
        # Hadoop's datanode leaves other letters than ASCII's as they are.
        print("< Location:", put_out(answer.getheader("Location").replace("\xe4", "%C3%A4")))
    text = data.decode("utf-8", "replace")
    if text:
        print(put_out(text).rstrip("\n"))
    print()


def op(method, path, query, body=None, user=superuser, raw=False):
    target = "/webhdfs/v1" + (path if raw else quote(path)) + "?" + query
    if user is not None:
        target += "&user.name=" + user
    answer, data = ask(method, server, target)
    show(method, target, answer, data)
    if answer.status == 307:
        place = urlsplit(answer.getheader("Location"))
        target = place.path + "?" + place.query
        answer, data = ask(method, place.netloc, target, body)
        show(method, target, answer, data)
    return answer, data


def section(title):
    print(f"==== {title}")


def writing():
    section("writing")
    op("PUT", "/w", "op=MKDIRS&permission=755")
    op("PUT", "/w/deep/er", "op=mkdirs")
    op("PUT", "/w", "op=MKDIRS&permission=1777")
    op("PUT", "/w/f", "op=CREATE&replication=1", b"hello world\n")
    op("PUT", "/w/f", "op=CREATE&overwrite=false", b"again")
    op("PUT", "/w/f", "op=CREATE&overwrite=true&permission=600&replication=1&blocksize=1048576", b"hello, new world\n")
    op("PUT", "/w/unmasked", "op=CREATE&permission=666&unmaskedpermission=770&replication=1", b"x")
    op("PUT", "/w/empty", "op=CREATE&replication=1", b"")
    op("PUT", "/w/created/below/f", "op=CREATE&createparent=true&replication=1", b"1")
    op("PUT", "/w/no/parent/f", "op=CREATE&createparent=false", b"1")
    op("PUT", "/w/noredirect", "op=CREATE&noredirect=true&replication=1")
    op("PUT", "/w", "op=CREATE&overwrite=true", b"1")
    op("POST", "/w/f", "op=APPEND", b"and more\n")
    op("POST", "/w/f", "op=APPEND&noredirect=true")
    op("POST", "/w/missing", "op=APPEND", b"and more\n")
    op("PUT", "/w/a b+c%/ä", "op=MKDIRS")
    op("PUT", "/w/a b+c%/ä/d&e=f?", "op=CREATE&replication=1", b"odd\n")
    op("GET", "/w/a b+c%/ä", "op=LISTSTATUS")
    op("GET", "/w/a b+c%/ä/d&e=f?", "op=OPEN")


def reading():
    section("reading")
    op("GET", "/w/f", "op=OPEN")
    op("GET", "/w/f", "op=OPEN&offset=7")
    op("GET", "/w/f", "op=OPEN&offset=7&length=3")
    op("GET", "/w/f", "op=OPEN&length=5")
    op("GET", "/w/f", "op=OPEN&offset=5&length=9999")
    op("GET", "/w/f", "op=OPEN&offset=9999")
    op("GET", "/w/f", "op=OPEN&offset=-1")
    op("GET", "/w/f", "op=OPEN&noredirect=true")
    op("GET", "/w/f", "op=OPEN&buffersize=77")
    op("GET", "/w/empty", "op=OPEN")
    op("GET", "/w", "op=OPEN")
    op("GET", "/w/missing", "op=OPEN")
    op("GET", "/w/f", "op=GETFILECHECKSUM")
    op("GET", "/w/f", "op=GETFILECHECKSUM&noredirect=true")
    op("GET", "/w/missing", "op=GETFILECHECKSUM")
    op("GET", "/w", "op=GETFILECHECKSUM")
    op("GET", "/w/f", "op=GETFILESTATUS")
    op("GET", "/w", "op=GETFILESTATUS")
    op("GET", "/", "op=GETFILESTATUS")
    op("GET", "", "op=GETFILESTATUS")
    op("GET", "/w/missing", "op=GETFILESTATUS")
    op("GET", "/w", "op=LISTSTATUS")
    op("GET", "/w/f", "op=LISTSTATUS")
    op("GET", "/w/deep/er", "op=LISTSTATUS")
    op("GET", "/w/missing", "op=LISTSTATUS")
    op("GET", "/w", "op=LISTSTATUS_BATCH")
    op("GET", "/w", "op=LISTSTATUS_BATCH&startAfter=deep")
    op("GET", "/w", "op=LISTSTATUS_BATCH&startafter=deep")
    op("GET", "/w/missing", "op=LISTSTATUS_BATCH")
    op("GET", "/w", "op=GETCONTENTSUMMARY")
    op("GET", "/w/f", "op=GETCONTENTSUMMARY")
    op("GET", "/w/missing", "op=GETCONTENTSUMMARY")
    op("GET", "/w", "op=GETQUOTAUSAGE")
    op("GET", "/w/missing", "op=GETQUOTAUSAGE")
    op("GET", "/", "op=GETHOMEDIRECTORY")
    op("GET", "/", "op=GETHOMEDIRECTORY", user="alice")
    op("GET", "/", "op=GETHOMEDIRECTORY", user=None)
    op("GET", "/w/f", "op=GETTRASHROOT")
    op("GET", "/", "op=GETTRASHROOTS")
    op("PUT", "/user/root/.Trash", "op=MKDIRS")
    op("GET", "/", "op=GETTRASHROOTS")
    op("GET", "/", "op=GETTRASHROOTS", user="alice")
    op("GET", "/", "op=GETTRASHROOTS&allusers=true")
    op("GET", "/", "op=GETSERVERDEFAULTS")
    op("GET", "/w/f", "op=GET_BLOCK_LOCATIONS")
    op("GET", "/w/f", "op=GET_BLOCK_LOCATIONS&offset=2&length=1")
    op("GET", "/w/empty", "op=GET_BLOCK_LOCATIONS")
    op("GET", "/w/f", "op=GETFILEBLOCKLOCATIONS")
    op("GET", "/w/f", "op=GETFILEBLOCKLOCATIONS&offset=0&length=2")
    op("GET", "/w/empty", "op=GETFILEBLOCKLOCATIONS")
    op("GET", "/w/missing", "op=GETFILEBLOCKLOCATIONS")
    op("GET", "/w/missing", "op=GET_BLOCK_LOCATIONS")
    op("GET", "/w/f", "op=CHECKACCESS&fsaction=r--")
    op("GET", "/w/f", "op=CHECKACCESS&fsaction=rw-", user="alice")
    op("GET", "/w/f", "op=CHECKACCESS")
    op("GET", "/w/f", "op=CHECKACCESS&fsaction=xyz")
    op("GET", "/w/missing", "op=CHECKACCESS&fsaction=r--")
    op("GET", "/w/f", "op=GETFILELINKSTATUS")
    op("GET", "/w/missing", "op=GETFILELINKSTATUS")
    op("GET", "/w/f", "op=GETLINKTARGET")
    op("GET", "/w/missing", "op=GETLINKTARGET")
    op("PUT", "/w/link", "op=CREATESYMLINK&destination=/w/f&createparent=true")
    op("GET", "/", "op=GETSTATUS")


def changing():
    section("changing")
    op("PUT", "/w/f", "op=SETPERMISSION&permission=640")
    op("PUT", "/w/f", "op=SETPERMISSION")
    op("PUT", "/w/missing", "op=SETPERMISSION&permission=640")
    op("PUT", "/w/f", "op=SETPERMISSION&permission=999")
    op("PUT", "/w/f", "op=SETPERMISSION&permission=77777")
    op("PUT", "/w/f", "op=SETOWNER&owner=alice&group=staff")
    op("PUT", "/w/f", "op=SETOWNER&owner=alice")
    op("PUT", "/w/f", "op=SETOWNER&group=staff")
    op("PUT", "/w/f", "op=SETOWNER")
    op("PUT", "/w/f", "op=SETOWNER&owner=eve", user="alice")
    op("PUT", "/w/f", "op=SETTIMES&modificationtime=1000000&accesstime=2000000")
    op("PUT", "/w/f", "op=SETTIMES&modificationtime=3000000")
    op("PUT", "/w/f", "op=SETTIMES")
    op("PUT", "/w/f", "op=SETTIMES&modificationtime=abc")
    op("PUT", "/w/f", "op=SETTIMES&modificationtime=-2")
    op("GET", "/w/f", "op=GETFILESTATUS")
    op("PUT", "/w/f", "op=SETREPLICATION&replication=2")
    op("PUT", "/w/f", "op=SETREPLICATION")
    op("PUT", "/w", "op=SETREPLICATION&replication=2")
    op("PUT", "/w/f", "op=SETREPLICATION&replication=0")
    op("PUT", "/w/f", "op=SETREPLICATION&replication=70000")
    op("PUT", "/w/f", "op=SETREPLICATION&replication=1")
    op("PUT", "/w/missing", "op=SETREPLICATION&replication=1")
    op("PUT", "/w/deep", "op=SETQUOTA&namespacequota=10&storagespacequota=100000000")
    op("GET", "/w/deep", "op=GETQUOTAUSAGE")
    op("GET", "/w/deep", "op=GETCONTENTSUMMARY")
    op("PUT", "/w/deep", "op=SETQUOTA&namespacequota=1")
    op("PUT", "/w/deep/more", "op=MKDIRS")
    op("PUT", "/w/deep", "op=SETQUOTA&namespacequota=x")
    op("PUT", "/w/deep", "op=SETQUOTA&namespacequota=-1&storagespacequota=-1")
    op("PUT", "/w/deep", "op=SETQUOTA")
    op("PUT", "/w/deep", "op=SETQUOTA&namespacequota=5", user="alice")
    op("PUT", "/w/f", "op=RENAME&destination=/w/g")
    op("PUT", "/w/f", "op=RENAME&destination=/w/g")
    op("PUT", "/w/g", "op=RENAME")
    op("PUT", "/w/g", "op=RENAME&destination=f")
    op("PUT", "/w/g", "op=RENAME&destination=/w/f&renameoptions=NONE")
    op("PUT", "/w/empty", "op=RENAME&destination=/w/f&renameoptions=NONE")
    op("PUT", "/w/empty", "op=RENAME&destination=/w/f&renameoptions=BAD")
    op("PUT", "/w/unmasked", "op=RENAME&destination=/w/empty&renameoptions=OVERWRITE")
    op("PUT", "/w/missing", "op=RENAME&destination=/w/m2&renameoptions=OVERWRITE")
    op("DELETE", "/w/deep", "op=DELETE")
    op("DELETE", "/w/deep", "op=DELETE&recursive=false")
    op("DELETE", "/w/deep", "op=DELETE&recursive=true")
    op("DELETE", "/w/deep", "op=DELETE&recursive=true")
    op("DELETE", "/w/f", "op=DELETE&recursive=maybe")
    op("DELETE", "/w/f", "op=DELETE", user="bob")


def reshaping():
    section("reshaping")
    for name in ("c1", "c2", "c3"):
        op("PUT", f"/r/{name}", "op=CREATE&replication=1&blocksize=1048576", name.encode() * 100)
    op("POST", "/r/c1", "op=CONCAT&sources=/r/c2,/r/c3")
    op("GET", "/r/c1", "op=GETFILESTATUS")
    op("POST", "/r/c1", "op=CONCAT")
    op("POST", "/r/c1", "op=CONCAT&sources=/r/nothing")
    op("POST", "/r/c1", "op=TRUNCATE&newlength=400")
    op("GET", "/r/c1", "op=GETFILESTATUS")
    op("POST", "/r/c1", "op=TRUNCATE")
    op("POST", "/r/c1", "op=TRUNCATE&newlength=9999")
    op("POST", "/r/c1", "op=TRUNCATE&newlength=-1")
    op("POST", "/r/missing", "op=TRUNCATE&newlength=1")


def tokens():
    section("delegation tokens without security")
    op("GET", "/", "op=GETDELEGATIONTOKEN")
    op("GET", "/", "op=GETDELEGATIONTOKEN&renewer=root")
    op("PUT", "/", "op=RENEWDELEGATIONTOKEN")
    op("PUT", "/", "op=RENEWDELEGATIONTOKEN&token=AAAA")
    op("PUT", "/", "op=CANCELDELEGATIONTOKEN&token=AAAA")
    op("GET", "/", "op=GETFILESTATUS&delegation=AAAA", user=None)
    op("GET", "/", "op=GETFILESTATUS&delegation=AAAA")


def policies():
    section("storage policies, erasure coding, snapshots")
    op("GET", "/", "op=GETALLSTORAGEPOLICY")
    op("PUT", "/p", "op=MKDIRS")
    op("PUT", "/p/f", "op=CREATE&replication=1", b"p")
    op("GET", "/p", "op=GETSTORAGEPOLICY")
    op("PUT", "/p", "op=SETSTORAGEPOLICY&storagepolicy=COLD")
    op("GET", "/p", "op=GETSTORAGEPOLICY")
    op("GET", "/p/f", "op=GETSTORAGEPOLICY")
    op("GET", "/p", "op=GETFILESTATUS")
    op("PUT", "/p", "op=SETSTORAGEPOLICY&storagepolicy=NONE_SUCH")
    op("PUT", "/p", "op=SETSTORAGEPOLICY")
    op("POST", "/p", "op=UNSETSTORAGEPOLICY")
    op("GET", "/p", "op=GETSTORAGEPOLICY")
    op("GET", "/p/missing", "op=GETSTORAGEPOLICY")
    op("PUT", "/p", "op=SATISFYSTORAGEPOLICY")
    op("PUT", "/p", "op=SETQUOTABYSTORAGETYPE&storagetype=SSD&storagespacequota=1000000")
    op("GET", "/p", "op=GETQUOTAUSAGE")
    op("GET", "/p", "op=GETCONTENTSUMMARY")
    op("PUT", "/p", "op=SETQUOTABYSTORAGETYPE&storagetype=FLOPPY&storagespacequota=1")
    op("PUT", "/p", "op=SETQUOTABYSTORAGETYPE&storagetype=SSD&storagespacequota=-1")
    op("GET", "/p", "op=GETECPOLICY")
    op("GET", "/p/missing", "op=GETECPOLICY")
    op("GET", "/p", "op=GETSNAPSHOTTABLEDIRECTORYLIST")


def acls():
    section("ACLs")
    op("PUT", "/a", "op=MKDIRS&permission=750")
    op("PUT", "/a/f", "op=CREATE&replication=1&permission=640", b"a")
    op("GET", "/a", "op=GETACLSTATUS")
    op("PUT", "/a", "op=MODIFYACLENTRIES&aclspec=user:alice:rwx,group::r-x,default:user:bob:r-x")
    op("GET", "/a", "op=GETACLSTATUS")
    op("GET", "/a", "op=GETFILESTATUS")
    op("GET", "/", "op=LISTSTATUS")
    op("PUT", "/a/inherits", "op=CREATE&replication=1", b"a")
    op("GET", "/a/inherits", "op=GETACLSTATUS")
    op("PUT", "/a/dir", "op=MKDIRS")
    op("GET", "/a/dir", "op=GETACLSTATUS")
    op("PUT", "/a", "op=REMOVEACLENTRIES&aclspec=user:alice:")
    op("GET", "/a", "op=GETACLSTATUS")
    op("PUT", "/a", "op=REMOVEDEFAULTACL")
    op("GET", "/a", "op=GETACLSTATUS")
    op("PUT", "/a", "op=REMOVEACL")
    op("GET", "/a", "op=GETACLSTATUS")
    op("PUT", "/a/f", "op=SETACL&aclspec=user::rw-,user:alice:r--,group::r--,other::---")
    op("GET", "/a/f", "op=GETACLSTATUS")
    op("GET", "/a/f", "op=OPEN", user="alice")
    op("GET", "/a/f", "op=OPEN", user="mallory")
    op("PUT", "/a/f", "op=SETACL&aclspec=user:alice:r--")
    op("PUT", "/a/f", "op=SETACL&aclspec=nonsense")
    op("PUT", "/a/f", "op=SETACL")
    op("PUT", "/a/f", "op=MODIFYACLENTRIES&aclspec=default:user:bob:r-x")
    op("PUT", "/a/f", "op=REMOVEACLENTRIES&aclspec=user:alice:r--")
    op("GET", "/a/missing", "op=GETACLSTATUS")


def xattrs():
    section("extended attributes")
    op("PUT", "/x", "op=MKDIRS")
    op("PUT", "/x", "op=SETXATTR&xattr.name=user.one&xattr.value=%22first%22&flag=CREATE&encoding=TEXT")
    op("PUT", "/x", "op=SETXATTR&xattr.name=user.one&xattr.value=0x0102&flag=CREATE")
    op("PUT", "/x", "op=SETXATTR&xattr.name=user.one&xattr.value=0x0102&flag=REPLACE")
    op("PUT", "/x", "op=SETXATTR&xattr.name=user.two&xattr.value=0sAQID&flag=CREATE,REPLACE")
    op("PUT", "/x", "op=SETXATTR&xattr.name=trusted.three&flag=CREATE")
    op("PUT", "/x", "op=SETXATTR&xattr.name=user.four&xattr.value=plain")
    op("PUT", "/x", "op=SETXATTR&xattr.name=nonsense&xattr.value=%22v%22&flag=CREATE")
    op("PUT", "/x", "op=SETXATTR&xattr.name=other.name&xattr.value=%22v%22&flag=CREATE")
    op("PUT", "/x", "op=SETXATTR&xattr.value=%22v%22&flag=CREATE")
    op("GET", "/x", "op=GETXATTRS")
    op("GET", "/x", "op=GETXATTRS&encoding=HEX")
    op("GET", "/x", "op=GETXATTRS&encoding=BASE64")
    op("GET", "/x", "op=GETXATTRS&xattr.name=user.one&encoding=TEXT")
    op("GET", "/x", "op=GETXATTRS&xattr.name=user.two&xattr.name=user.one&encoding=HEX")
    op("GET", "/x", "op=GETXATTRS&xattr.name=user.none")
    op("GET", "/x", "op=GETXATTRS&encoding=ROT13")
    op("GET", "/x", "op=LISTXATTRS")
    op("PUT", "/x", "op=REMOVEXATTR&xattr.name=user.one")
    op("PUT", "/x", "op=REMOVEXATTR&xattr.name=user.one")
    op("PUT", "/x", "op=REMOVEXATTR")
    op("GET", "/x", "op=LISTXATTRS")
    op("GET", "/x/missing", "op=LISTXATTRS")


def refusals():
    section("refusals")
    op("GET", "/w", "op=NOPE")
    op("PUT", "/w", "op=OPEN")
    op("GET", "/w", "op=MKDIRS")
    op("POST", "/w", "op=MKDIRS")
    op("DELETE", "/w", "op=MKDIRS")
    op("GET", "/w", "x=1")
    op("PUT", "/w", "x=1")
    op("POST", "/w", "x=1")
    op("DELETE", "/w", "x=1")
    op("GET", "/w", "op=LISTSTATUS", user="1bad")
    op("GET", "/w", "op=LISTSTATUS", user="with%20blank")
    op("GET", "/w", "op=LISTSTATUS&doas=alice")
    op("GET", "/w", "op=LISTSTATUS&doas=alice", user="nobody")
    op("GET", "/w", "op=LISTSTATUS&doas=alice", user=None)
    op("GET", "/w/f", "op=OPEN&offset=abc")
    op("GET", "/w/f", "op=OPEN&length=-5")
    op("GET", "/w/f", "op=OPEN&noredirect=perhaps")
    op("PUT", "/w/z", "op=CREATE&overwrite=perhaps")
    op("PUT", "/w/z", "op=CREATE&blocksize=0")
    op("PUT", "/w/z", "op=CREATE&blocksize=-1")
    op("PUT", "/w/z", "op=CREATE&replication=0")
    op("PUT", "/w/z", "op=CREATE&buffersize=0")
    op("PUT", "/w/z", "op=CREATE&permission=888")
    op("PUT", "/w/z:z", "op=MKDIRS")
    op("PUT", "/w/../z", "op=MKDIRS", raw=True)
    op("PUT", "/w//zz/", "op=MKDIRS", raw=True)
    op("PUT", "/forbidden", "op=MKDIRS", user="alice")
    op("PUT", "/forbidden", "op=CREATE", b"x", user="alice")
    op("PUT", "/w/g", "OP=SETREPLICATION&Replication=1&USER.NAME=root", user=None)
    answer, data = ask("GET", server, "/webhdfs/v2/w?op=LISTSTATUS")
    print("> GET /webhdfs/v2\n<", answer.status, "\n")
    answer, data = ask("GET", server, "/webhdfs/v1")
    show("GET", "/webhdfs/v1", answer, data)


def datanode():
    section("a datanode's own refusals")
    answer, _ = ask("GET", server, f"/webhdfs/v1/r/c1?op=OPEN&user.name={superuser}")
    place = urlsplit(answer.getheader("Location"))
    for query in ("op=LISTSTATUS", "op=NOPE", "", "op=OPEN&offset=abc", "op=OPEN&offset=9999", "op=OPEN&length=-1"):
        target = f"/webhdfs/v1/r/c1?{query}&user.name={superuser}"
        rpc = re.search("namenoderpcaddress=[^&]*", place.query).group(0)
        answer, data = ask("GET", place.netloc, target + "&" + rpc)
        show("GET", target, answer, data)
    answer, data = ask("GET", place.netloc, f"/webhdfs/v1/r/c1?op=OPEN&user.name={superuser}")
    show("GET", "/webhdfs/v1/r/c1?op=OPEN", answer, data)
    answer, data = ask("PUT", place.netloc, f"/webhdfs/v1/r/c1?op=OPEN&user.name={superuser}")
    show("PUT", "/webhdfs/v1/r/c1?op=OPEN", answer, data)


for part in (writing, reading, changing, reshaping, tokens, policies, acls, xattrs, refusals, datanode):
    part()
