#!/usr/bin/env python3
"""Compares what tusk's daemons say of themselves with what a real Hadoop 3.4.2 said.

    check.py beans DAEMON HOST:PORT      attributes and types of /jmx; left_out.txt lists what we leave out, and only that
    check.py prom DAEMON HOST:PORT       names of /prom: none that Hadoop has not
    check.py audit OURS                  lines of an audit log against tests/golden/audit/hdfs.txt
    check.py rm_audit OURS               a resource manager's, against tests/golden/audit/rm.txt; rm_golden LOG prints what goes there
    check.py pages HOST:PORT             the namenode's small pages
    check.py everywhere HOST:PORT        those that every daemon has
"""
import getpass
import json
import re
import sys
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
GOLDEN = HERE.parents[1] / "golden"


def get(address, path):
    try:
        with urllib.request.urlopen(f"http://{address}{path}", timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def kind(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return {int: "number", float: "number", str: "string", list: "array", dict: "object"}[type(value)]


def left_out():
    lines = [line for line in (HERE / "left_out.txt").read_text().splitlines() if line and not line.startswith("#")]
    return {tuple(line.split("\t")) for line in lines}


def beans(daemon, address):
    golden = json.loads((GOLDEN / "jmx" / "hadoop-3.4.2.json").read_text())[daemon]
    ours = json.loads(get(address, "/jmx")[1])["beans"]
    known, bad = {entry[1:] for entry in left_out() if entry[0] in (daemon, "*")}, []
    for name, attributes in golden.items():
        # A golden name that ends in a port, a folder or a datanode there stands without it.
        open_end = name.endswith(("Port", "-"))
        found = [bean for bean in ours if bean["name"] == name or
                 (f"name={name}" in bean["name"] if open_end else bean["name"].endswith(f",name={name}"))]
        for attribute, wanted in attributes.items():
            has = bool(found) and attribute in found[0]
            if has == ((name, attribute) in known):
                bad.append(f"{daemon}\t{name}\t{attribute}" + ("\tis there: take it off left_out.txt" if has else ""))
            elif has and kind(found[0][attribute]) != wanted and "null" not in (wanted, kind(found[0][attribute])):
                bad.append(f"{daemon}\t{name}\t{attribute}: {kind(found[0][attribute])}, Hadoop has {wanted}")
    return bad


def prom(daemon, address):
    golden = {line.split()[1] for line in (GOLDEN / "jmx" / "prom-names.txt").read_text().splitlines() if line.startswith(daemon + " ")}
    ours = {re.match(r"\w+", line).group() for line in get(address, "/prom")[1].splitlines() if line and not line.startswith("#")}
    ours = {name for name in ours if not name.startswith("rpcdetailed")}
    bad = [f"{daemon} /prom has {name}, Hadoop has not" for name in sorted(ours - golden)]
    return bad if len(ours) > 50 or bad else [f"{daemon} /prom has only {len(ours)} names"]


def audit(path):
    user = getpass.getuser()
    ours = [line.split(": ", 1)[1] for line in Path(path).read_text().splitlines()]
    ours = [re.sub(rf"\b{re.escape(user)}\b", "root", line) for line in ours]
    golden = (GOLDEN / "audit" / "hdfs.txt").read_text().splitlines()
    import difflib
    return list(difflib.unified_diff(golden, ours, "Hadoop", "tusk", lineterm="", n=1))


def rm_lines(text):
    """What a resource manager's audit log says, without what differs from run to run: times, ids of the cluster, how often a client
    looked whether its application runs, what the client calls itself. Containers have no lines of ours (docs/deviations.md)."""
    found = set()
    for level, line in re.findall(r"^\S+ \S+ (INFO|WARN) \S*RMAuditLogger: (.*)$", text, re.M):
        if "OPERATION=AM " in line:
            continue
        line = re.sub(rf"\bUSER={re.escape(getpass.getuser())}\b", "USER=root", line)
        line = re.sub(r"_\d{9,}_", "_CLUSTER_", line)
        found.add(level + " " + re.sub(r"\tCALLERCONTEXT=[^\t]*", "", line))
    return sorted(found)


def rm_audit(path):
    import difflib
    golden = (GOLDEN / "audit" / "rm.txt").read_text().splitlines()
    return list(difflib.unified_diff(golden, rm_lines(Path(path).read_text()), "Hadoop", "tusk", lineterm="", n=0))


def expecting(address, bad):
    def expect(path, status, *texts):
        got, body = get(address, path)
        if got != status or any(text not in body for text in texts):
            bad.append(f"{path}: {got} {body[:300]!r}")
    return expect


def everywhere(address):
    bad = []
    expect = expecting(address, bad)
    expect("/healthz", 200, "ok")
    expect("/readyz", 200, "ready")
    expect("/stacks", 200, "Process Thread Dump:", "Thread ")
    expect("/jmx?qry=java.lang:type=Memory", 200, '"HeapMemoryUsage"')
    expect("/jmx?get=java.lang:type=Runtime::Nope", 200, "No attribute with name Nope was found.")
    expect("/conf?name=fs.defaultFS", 200, "<name>fs.defaultFS</name>")
    expect("/prom", 200, "jvm_metrics")
    expect("/logLevel?log=rpc&level=info", 200, "<!-- OUTPUT -->Effective Level: <b>INFO</b>")
    expect("/logLevel?log=rpc&level=loud", 200, "Bad Level : <b>LOUD</b>")
    return bad


def pages(address):
    bad = []
    expect = expecting(address, bad)
    expect("/healthz", 200, "ok")
    expect("/readyz", 200, "ready")
    expect("/isActive", 200, "I am Active!")
    expect("/stacks", 200, "Process Thread Dump:", "Thread ")
    expect("/logs/", 200, "Directory: /logs/", "hdfs-audit.log")
    expect("/logs/hdfs-audit.log", 200, "FSNamesystem.audit: allowed=true\tugi=")
    expect("/logs/..%2f..%2fetc/passwd", 404)
    expect("/logs/%2e%2e/conf/core-site.xml", 404)
    expect("/logs/outside", 404)
    expect("/conf?name=fs.defaultFS", 200, "<name>fs.defaultFS</name>")
    expect("/conf?name=no.such.key", 404)
    expect("/conf?name=my.password", 200, "&lt;redacted&gt;")
    expect("/jmx?get=Hadoop:service=NameNode,name=NameNodeStatus::State", 200, '"State" : "active"')
    expect("/jmx?get=Hadoop:service=NameNode,name=NameNodeStatus::Nope", 200, "No attribute with name Nope was found.")
    expect("/jmx?get=nonsense", 200, "query format is not as expected.")
    expect("/logLevel?log=namenode&level=debug", 200, "<!-- OUTPUT -->Submitted Level: <b>DEBUG</b>",
           "<!-- OUTPUT -->Setting Level to DEBUG ...", "<!-- OUTPUT -->Effective Level: <b>DEBUG</b>")
    expect("/logLevel?log=namenode.editlog", 200, "<!-- OUTPUT -->Effective Level: <b>DEBUG</b>")
    expect("/logLevel?log=namenode&level=loud", 200, "Bad Level : <b>LOUD</b>")
    expect("/logLevel?log=%3Cimg%3E", 200, "&lt;img&gt;")
    return bad


if sys.argv[1] == "rm_golden":
    print("\n".join(rm_lines(Path(sys.argv[2]).read_text())))
    sys.exit(0)
findings = {"beans": beans, "prom": prom, "audit": audit, "rm_audit": rm_audit, "pages": pages, "everywhere": everywhere}[sys.argv[1]](*sys.argv[2:])
print("\n".join(findings))
sys.exit(1 if findings else 0)
