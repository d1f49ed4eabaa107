#!/usr/bin/env python3
"""Each fault that `tusk doctor` knows, made for real, is named; a healthy cluster is silent.    doctor_test.py TUSK"""
import email.utils
import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

TUSK = sys.argv[1]
ROOT = Path(tempfile.mkdtemp(prefix="tusk-doctor-"))
CLUSTER = ROOT / "cluster"
named = []
failures = []


def run(*args, env=None, preexec=None):
    environment = dict(os.environ, **(env or {}))
    return subprocess.run([TUSK, *map(str, args)], capture_output=True, text=True, env=environment, preexec_fn=preexec, timeout=60)


def doctor(*args, **kwargs):
    return run("doctor", *args, **kwargs)


def expect(fault, answer, code, *words):
    """The finding and its remedy stand in the output, and the exit code is that of its severity."""
    text = answer.stdout + answer.stderr
    missing = [word for word in words if word not in text]
    if missing or answer.returncode != code or (code and "->" not in text):
        failures.append(f"{fault}: exit {answer.returncode} (wanted {code}), lacks {missing}:\n{text}")
    named.append(fault)


def conf(name, **files):
    """A configuration folder: core='<property>..' or a dict of settings."""
    folder = ROOT / name
    folder.mkdir(exist_ok=True)
    for site, settings in files.items():
        if isinstance(settings, dict):
            rows = "".join(f"<property>\n<name>{key}</name><value>{value}</value></property>\n" for key, value in settings.items())
            settings = f"<configuration>\n{rows}</configuration>\n"
        (folder / f"{site}-site.xml").write_text(settings)
    return folder


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Page(http.server.BaseHTTPRequestHandler):
    """A daemon's web server with a clock and a version of its own."""
    skew = 0
    beans = []
    nodes = []

    def do_GET(self):
        rest = self.path.startswith("/ws/v1/cluster/nodes")
        body = json.dumps({"nodes": {"node": self.nodes}} if rest else {"beans": self.beans}).encode()
        self.send_response_only(200)
        self.send_header("Date", email.utils.formatdate(time.time() + self.skew, usegmt=True))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def until(what, condition, seconds=40):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = condition()
        if answer:
            return answer
        time.sleep(0.1)
    failures.append(f"waited in vain: {what}")
    return None


def config_faults():
    bad = conf("bad-xml", core="<configuration>\n<property>\n  <name>fs.defaultFS</name><value>x</vlaue>\n</property></configuration>")
    expect("bad XML", doctor("--conf", bad, "conf-syntax"), 2, "core-site.xml:3:")
    keys = conf("keys", hdfs={"dfs.replicaton": 2, "dfs.block.size": "64m"},
                core="<configuration><property><name>fs.trash.interval</name><value>5</value><final>true</final></property></configuration>",
                yarn={"fs.trash.interval": 6})
    answer = doctor("--conf", keys, "conf-keys")
    expect("unknown key", answer, 1, "dfs.replicaton", "did you mean dfs.replication?", "hdfs-site.xml:2:")
    expect("deprecated key", answer, 1, "dfs.block.size is the old name of dfs.blocksize")
    expect("final key set again", answer, 1, "fs.trash.interval is final in", "yarn-site.xml:2:")
    values = conf("values", hdfs={"dfs.replication": "three", "dfs.namenode.safemode.threshold-pct": "99.9",
                                  "dfs.namenode.http-address": "nn:98700"})
    answer = doctor("--conf", values, "conf-values")
    expect("value of a wrong type", answer, 2, 'dfs.replication: "three" is not a whole number')
    expect("value out of range", answer, 2, "is not between 0 and 1", "a port between 0 and 65535")
    recovery = conf("recovery", yarn={"yarn.nodemanager.recovery.enabled": "true", "yarn.nodemanager.address": "nm:0"})
    expect("settings that exclude each other", doctor("--conf", recovery, "conf-values"), 2, "needs a fixed port of yarn.nodemanager.address")
    secret = ROOT / "console.secret"
    secret.write_text("x")
    secret.chmod(0o644)
    loose = conf("secrets", core={"tusk.console.secret.file": secret, "fs.s3a.secret.key": "hush"})
    answer = doctor("--conf", loose, "secrets")
    expect("secret with loose permissions", answer, 1, "console.secret", "chmod 600", "fs.s3a.secret.key is a secret")
    expect("no configuration folder", doctor("--conf", ROOT / "nowhere", "conf-syntax"), 2, "is not there")


def network_faults():
    port = free_port()
    elsewhere = conf("peer", core={"fs.defaultFS": f"hdfs://127.0.0.1:{port}"})
    expect("unreachable peer", doctor("--conf", elsewhere, "--roles", "datanode", "peers"), 2, "cannot be reached", "refused")
    unknown = conf("unknown-host", core={"fs.defaultFS": "hdfs://no-such-host.invalid:8020"})
    expect("host name that does not resolve", doctor("--conf", unknown, "names"), 2, "no-such-host.invalid", "does not resolve")
    wrong = conf("wrong-address", core={"fs.defaultFS": "hdfs://192.0.2.7:8020"})
    expect("host name of another machine", doctor("--conf", wrong, "--roles", "namenode", "names"), 2, "no address of this machine")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        fake = conf("fake", core={"fs.defaultFS": "hdfs://127.0.0.1:9"},
                    hdfs={"dfs.namenode.http-address": f"127.0.0.1:{server.server_port}"})
        Page.skew = -300
        expect("clock behind", doctor("--conf", fake, "--roles", "datanode", "clocks"), 2, "300 s behind", "chrony")
        Page.skew = 20
        expect("clock ahead", doctor("--conf", fake, "--roles", "datanode", "clocks"), 1, "s ahead of")
        Page.skew = 0
        live = {"dn1:9866": {"version": "3.3.6"}, "dn2:9866": {"version": "3.4.2", "volfails": 1}}
        dead = {"dn3:9866": {"lastContact": 1234}}
        Page.beans = [{"name": "Hadoop:service=NameNode,name=NameNodeInfo", "SoftwareVersion": "3.4.2", "Safemode": "",
                       "LiveNodes": json.dumps(live), "DeadNodes": json.dumps(dead), "NumberOfMissingBlocks": 0}]
        expect("mixed versions", doctor("--conf", fake, "--roles", "datanode", "versions"), 1, "3.3.6: datanode dn1:9866")
        closed = free_port()
        Page.beans[0]["LiveNodes"] = json.dumps({"dn1:9866": {"xferaddr": f"127.0.0.1:{closed}"}})
        Page.nodes = [{"id": f"127.0.0.1:{closed}", "state": "RUNNING", "nodeHTTPAddress": ""}]
        web = f"127.0.0.1:{server.server_port}"
        back = conf("back", core={"fs.defaultFS": f"hdfs://{web}"}, hdfs={"dfs.namenode.http-address": web},
                    yarn={"yarn.resourcemanager.address": web, "yarn.resourcemanager.webapp.address": web})
        answer = doctor("--conf", back, "--roles", "datanode", "peers")
        expect("datanode that cannot be reached", answer, 2, f"datanode dn1:9866 cannot be reached from here at 127.0.0.1:{closed}", "firewall")
        expect("node manager that cannot be reached", answer, 2, f"nodemanager 127.0.0.1:{closed} cannot be reached", "yarn.nodemanager.address")
        outer = conf("outer", core={"fs.defaultFS": "hdfs://192.0.2.7:8020"}, hdfs={"dfs.namenode.http-address": web})
        expect("worker known by loopback", doctor("--conf", outer, "--roles", "namenode", "peers"), 2,
               f"known to its master as 127.0.0.1:{closed}", "would be told to go to themselves")
        Page.beans[0]["LiveNodes"] = json.dumps(live)
        expect("failed disk of a datanode", doctor("--conf", fake, "--roles", "datanode", "datanodes"), 2, "dn2:9866 has lost 1 disk")
        server.shutdown()


def without_names(command):
    """A shell line that runs `command` where /etc/hosts is empty and nobody is asked."""
    (ROOT / "nsswitch.conf").write_text("hosts: files\n")
    (ROOT / "hosts").write_text("")
    return ["unshare", "--mount", "sh", "-c", 'mount --bind "$1/nsswitch.conf" /etc/nsswitch.conf && mount --bind "$1/hosts" /etc/hosts && '
            'shift && exec "$@"', "sh", ROOT, *command]


def name_faults():
    far = conf("far", core={"fs.defaultFS": "hdfs://127.0.0.1:9"})
    words = [TUSK, "doctor", "--conf", far, "--roles", "datanode", "reverse-dns"]
    expect("nothing, where the address has a name", subprocess.run(words, capture_output=True, text=True, timeout=60), 0)
    if os.geteuid() != 0 or subprocess.run([str(w) for w in without_names(["true"])], capture_output=True).returncode != 0:
        print("no mounts here: reverse DNS is left out")
        return
    answer = subprocess.run([str(word) for word in without_names(words)], capture_output=True, text=True, timeout=60)
    expect("no reverse DNS", answer, 2, "127.0.0.1, from where the datanode here reaches the namenode, has no name", "ip-hostname-check")


def slow_disk():
    """A disk that takes 150 ms to sync, for this doctor only."""
    source, library = ROOT / "slow.c", ROOT / "slow.so"
    source.write_text("#include <time.h>\nint fsync(int fd) { (void)fd; struct timespec t = {0, 150000000}; return nanosleep(&t, 0); }\n")
    compiler = next((name for name in ("cc", "gcc", "clang-19") if shutil.which(name)), None)
    if compiler is None or subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source]).returncode != 0:
        print("no C compiler here: a slow disk is left out")
        return
    (ROOT / "name").mkdir()
    slow = conf("slow", hdfs={"dfs.namenode.name.dir": ROOT / "name"})
    expect("slow disk", doctor("--conf", slow, "--roles", "namenode", "disk-sync", env={"LD_PRELOAD": str(library)}), 1,
           "a synced write of 4 KB", "every change waits for it")
    if list((ROOT / "name").iterdir()):
        failures.append("the doctor leaves files in a name folder")


def folder_faults():
    base = ROOT / "folders"
    (base / "dn").mkdir(parents=True)
    (base / "dn").chmod(0o555)
    (base / "file").write_text("")
    bad = conf("folder-conf", hdfs={"dfs.datanode.data.dir": f"{base}/dn,{base}/gone,{base}/file"})
    answer = doctor("--conf", bad, "--roles", "datanode", "folders")
    expect("folder not writable", answer, 2, f"{base}/dn of the datanode is not writable", "chmod u+rwx")
    expect("missing folder", answer, 2, f"{base}/gone of the datanode is not there", "mkdir -p")
    expect("file where a folder is meant", answer, 2, f"{base}/file of the datanode is not a folder")
    (base / "dn").chmod(0o755)
    if os.geteuid() == 0:
        (base / "theirs").mkdir()
        os.chown(base / "theirs", 65534, 65534)
        theirs = conf("theirs", hdfs={"dfs.datanode.data.dir": base / "theirs"})
        expect("folder of another owner", doctor("--conf", theirs, "--roles", "datanode", "folders"), 2, "belongs to nobody", "chown -R")
        mount_faults(base)
    open_ = conf("open", hdfs={"dfs.datanode.data.dir": base / "dn"})
    (base / "dn").chmod(0o777)
    expect("folder open to everybody", doctor("--conf", open_, "--roles", "datanode", "secrets"), 2, "everybody can change")
    (base / "dn").chmod(0o755)


def mount_faults(base):
    disk = base / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], capture_output=True).returncode != 0:
        print("no mounts here: full disk, read-only disk and low log disk are left out")
        return
    try:
        (disk / "data").mkdir()
        full = conf("full", hdfs={"dfs.datanode.data.dir": disk / "data"}, core={"hadoop.log.dir": disk})
        with open(disk / "filler", "wb") as filler:
            filler.write(b"x" * int(3.87 * (1 << 20)))
        expect("nearly full disk", doctor("--conf", full, "--roles", "datanode", "disk-space"), 1, "% full", "make room")
        expect("low disk of the logs", doctor("--conf", full, "--roles", "datanode", "log-space"), 1, "of the logs", "left")
        with open(disk / "filler2", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"x" * 4096)
            except OSError:
                pass
        expect("full disk", doctor("--conf", full, "--roles", "datanode", "disk-space"), 2, "100.0 % full")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        expect("read-only disk", doctor("--conf", full, "--roles", "datanode", "folders"), 2, "mounted read-only", "remount,rw")
    finally:
        subprocess.run(["umount", disk], check=True)


def machine_faults():
    import resource
    here = conf("limits", hdfs={"dfs.datanode.max.locked.memory": 1 << 40})
    def few():
        resource.setrlimit(resource.RLIMIT_NOFILE, (512, 512))
        resource.setrlimit(resource.RLIMIT_NPROC, (1024, 1024))
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))
    answer = doctor("--conf", here, "--roles", "datanode", "limits", preexec=few)
    expect("low limit of open files", answer, 2, "may open 512 files", "LimitNOFILE")
    expect("low limit of processes", answer, 2, "1024 processes")
    expect("low limit of locked memory", answer, 2, "dfs.datanode.max.locked.memory")
    machine = ROOT / "machine"
    for path, text in {"proc/driver/nvidia/version": "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue\n",
                       "usr/lib/x86_64-linux-gnu/libcuda.so.535.183.01": "", "proc/swaps": "Filename\n/dev/sda2 partition\n",
                       "proc/sys/vm/swappiness": "60\n", "sys/kernel/mm/transparent_hugepage/enabled": "[always] madvise never\n",
                       "proc/cpuinfo": "processor : 0\nflags\t\t: fpu sse2\n"}.items():
        (machine / path).parent.mkdir(parents=True, exist_ok=True)
        (machine / path).write_text(text)
    (machine / "sys/fs/cgroup").mkdir(parents=True)
    (machine / "sys/fs/cgroup/cgroup.controllers").write_text("cpu memory\n")
    (machine / "sys/fs/cgroup").chmod(0o555)
    gpus = conf("gpus", yarn={"yarn.nodemanager.resource-plugins": "yarn.io/gpu", "yarn.nodemanager.webapp.address": f"127.0.0.1:{free_port()}"})
    there = ("--conf", gpus, "--roles", "nodemanager", "--system-root", machine)
    expect("GPU driver and library differ", doctor(*there, "gpu"), 2, "550.54.15", "535.183.01", "modprobe nvidia")
    expect("control groups not writable", doctor(*there, "cgroups"), 1, "cannot make control groups", "Delegate=yes")
    expect("processor, swap and huge pages are notes", doctor(*there, "-v", "cpu", "kernel"), 0, "sse4_2", "swappiness", "huge pages")
    (machine / "proc/driver/nvidia/version").unlink()
    expect("no GPU driver", doctor(*there, "gpu"), 2, "no NVIDIA driver is loaded")
    pids = ROOT / "pids"
    pids.mkdir()
    ended = subprocess.Popen(["true"])
    ended.wait()
    (pids / "hadoop-hdfs-namenode.pid").write_text(f"{ended.pid}\n")
    expect("stale pid file", doctor("--conf", here, "leftovers", env={"HADOOP_PID_DIR": str(pids)}), 1, "which is gone", "rm ")


def pid_of(daemon):
    table = run("status", "--dir", CLUSTER).stdout
    return next(int(line.split()[2]) for line in table.splitlines() if line.startswith(daemon + " "))


def cluster_faults():
    up = run("up", "--dir", CLUSTER, "-D", "dfs.heartbeat.interval=100ms", "-D", "dfs.namenode.heartbeat.recheck-interval=300",
             "-D", "yarn.nm.liveness-monitor.expiry-interval-ms=1000", "-D", "yarn.nodemanager.disk-health-checker.interval-ms=200")
    if up.returncode != 0:
        failures.append("tusk up: " + up.stdout + up.stderr)
        return
    healthy = doctor("--dir", CLUSTER)
    expect("nothing, on a healthy cluster", healthy, 0)
    if len(healthy.stdout.splitlines()) != 1 or not healthy.stdout.startswith("OK: "):
        failures.append("a healthy cluster is not silent: " + healthy.stdout)
    env = {"HADOOP_CONF_DIR": str(CLUSTER / "conf")}
    run("dfs", "-put", TUSK + "", "/file", env=env) if os.path.getsize(TUSK) < (1 << 20) else run("dfs", "-put", __file__, "/file", env=env)

    run("dfsadmin", "-safemode", "enter", env=env)
    expect("safe mode", doctor("--dir", CLUSTER, "safe-mode"), 1, "in safe mode", "-safemode leave")
    run("dfsadmin", "-safemode", "leave", env=env)

    # A folder of the node manager goes bad.
    local = CLUSTER / "data/nodemanager0"
    shutil.move(local, ROOT / "moved")
    local.write_text("")
    until("unhealthy node", lambda: "is unhealthy" in doctor("--dir", CLUSTER, "nodes").stdout)
    expect("node manager unhealthy", doctor("--dir", CLUSTER, "nodes"), 2, "is unhealthy")
    local.unlink()
    shutil.move(ROOT / "moved", local)

    # Daemons that hang.
    datanode, node = pid_of("datanode0"), pid_of("nodemanager0")
    os.kill(datanode, signal.SIGSTOP)
    os.kill(node, signal.SIGSTOP)
    try:
        until("dead datanode", lambda: "is dead" in doctor("--dir", CLUSTER, "datanodes").stdout)
        answer = doctor("--dir", CLUSTER, "datanodes", "blocks")
        expect("datanode missing from the namenode", answer, 2, "is dead", "does not count it among the living")
        expect("missing blocks", answer, 2, "1 block(s) are missing", "-list-corruptfileblocks")
        until("lost node", lambda: "is lost" in doctor("--dir", CLUSTER, "nodes").stdout)
        expect("node manager lost", doctor("--dir", CLUSTER, "nodes"), 2, "is lost", "does not count it")
    finally:
        os.kill(datanode, signal.SIGCONT)
        os.kill(node, signal.SIGCONT)

    # The supervisor dies, and its daemons with it.
    supervisor = json.loads((CLUSTER / "run/status.json").read_text())["supervisor_pid"]
    os.kill(supervisor, signal.SIGKILL)
    until("daemons gone", lambda: "nothing of the cluster" in doctor("--dir", CLUSTER, "daemons").stdout)
    expect("daemons down though configured", doctor("--dir", CLUSTER, "daemons"), 2, "nothing of the cluster", "tusk up")
    # A daemon stops to answer before it lets go of its folder.
    until("folders free", lambda: "in_use.lock" not in doctor("--dir", CLUSTER, "leftovers").stdout)
    expect("a dead supervisor's status file", doctor("--dir", CLUSTER, "leftovers"), 1, "died without stopping")
    ports = {line.split("<value>")[1].split("</value>")[0] for line in (CLUSTER / "conf/hdfs-site.xml").read_text().splitlines()
             if "dfs.namenode.http-address" in line}
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", int(ports.pop().split(":")[1])))
        holder.listen()
        expect("port in use", doctor("--dir", CLUSTER, "ports"), 2, "dfs.namenode.http-address of the namenode", f"held by pid {os.getpid()}", "python")  # a long command line is cut
    rest = conf("one-daemon", core={"fs.defaultFS": "hdfs://127.0.0.1:%d" % free_port()}, hdfs={"dfs.namenode.name.dir": CLUSTER / "data/namenode"})
    expect("one daemon down", doctor("--conf", rest, "--roles", "namenode", "daemons"), 2, "does not run", "hdfs namenode")

    version = CLUSTER / "data/datanode0/current/VERSION"
    before = version.read_text()
    version.write_text(before.replace("clusterID=CID-", "clusterID=CID-other-"))
    expect("wrong cluster id", doctor("--dir", CLUSTER, "storage-ids"), 2, "cluster id of", "CID-other-")
    version.write_text(before)
    pool = next((CLUSTER / "data/datanode0/current").glob("BP-*/current/VERSION"))
    text = pool.read_text()
    pool.write_text("\n".join("namespaceID=1" if line.startswith("namespaceID=") else line for line in text.splitlines()))
    expect("wrong namespace id", doctor("--dir", CLUSTER, "storage-ids"), 2, "namespace id of", "is 1,")
    pool.write_text(text)
    name = CLUSTER / "data/namenode/current/VERSION"
    name.rename(name.with_suffix(".away"))
    expect("namenode never formatted", doctor("--dir", CLUSTER, "storage-ids"), 2, "was never formatted", "-format")


try:
    config_faults()
    network_faults()
    name_faults()
    slow_disk()
    folder_faults()
    machine_faults()
    cluster_faults()
finally:
    run("down", "--dir", CLUSTER)
    if not os.environ.get("KEEP"):
        shutil.rmtree(ROOT, ignore_errors=True)
print("\n".join(failures))
print(f"{len(named) - len(failures)} of {len(named)} faults named")
sys.exit(1 if failures or len(named) < 40 else 0)
