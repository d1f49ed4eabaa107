#!/usr/bin/env python3
"""tusk's `yarn` commands print what Java's print of the same cluster: applications of Java masters (MasterProbe.java) in
several states on a tusk cluster, each command run by both, texts and exit codes compared. Where a command changes
something, each gets an application of its own, and ids are replaced by names.

  yarn_cli_test.py TUSK      exit code 77 where there is no Java or no Hadoop jars"""
import os
import re
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE + "/../../minicluster", HERE + "/../apps"]

import java_clients  # noqa: E402
import run_cases  # noqa: E402
from cluster import Cluster, Failed, check, until  # noqa: E402

CLI = "org.apache.hadoop.yarn.client.cli."
MAINS = {"application": "ApplicationCLI", "app": "ApplicationCLI", "applicationattempt": "ApplicationCLI",
         "container": "ApplicationCLI", "node": "NodeCLI", "queue": "QueueCLI", "rmadmin": "RMAdminCLI", "cluster": "ClusterCLI"}


class Commands:
    """Runs a command by Java and by tusk and gathers the differences."""

    def __init__(self, cluster, clients, names):
        self.cluster, self.clients, self.names, self.count, self.differences = cluster, clients, names, 0, []

    def normal(self, text):
        for real, name in self.names.items():
            text = text.replace(real, name)
        text = re.sub(r"\b1[78]\d{11}\b", "MILLIS", text)
        text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+[+-]\d{4}", "TIME", text)
        text = re.sub(r"\d+(?= (MB|vcore)-seconds)|(?<=RemainingTime : )\d+", "N", text)
        text = re.sub(r"(?<=Last-Health-Update : ).*", "TIME", text)
        text = re.sub(r"(PMem|VMem|VCores):[\d.]+", r"\1:N", text)
        return re.sub(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d [\d:]{8} [+-]\d{4} \d{4}", "DATE", text)

    @staticmethod
    def errors(text):
        """What a Java command says itself, without its log lines and stack traces."""
        return "\n".join(re.sub(r"^((java|org)\.[\w.$]*Exception): ", "", line) for line in text.splitlines() if not re.match(
            r"\d\d/\d\d/\d\d |\tat |Exception in thread|Caused by|\t\.\.\. |WARNING:", line))

    def java(self, command, arguments):
        self.count += 1
        main = MAINS[command]
        first = [command] if main == "ApplicationCLI" else []
        return self.clients.run(f"cli{self.count}", CLI + main, *first, *arguments, seconds=120)

    def same(self, line, java_line=None, errors=True):
        """Both run `line`, or Java runs the other one."""
        theirs = self.java(line.split()[0], (java_line or line).split()[1:])
        ours = subprocess.run([os.path.dirname(self.cluster.tusk) + "/yarn", *line.split()], env=self.cluster.environment(),
                              capture_output=True, check=False, text=True, timeout=120)
        code, out, err = ours.returncode, ours.stdout, ours.stderr
        expected = [theirs.code & 255, self.normal(theirs.out)]
        found = [code, self.normal(out)]
        if errors:
            expected.append(self.normal(self.errors(theirs.err)))
            found.append(self.normal(self.errors(err)))
        if expected == found:
            print(f"ok: yarn {self.normal(line)}", flush=True)
            return
        self.differences.append(line)
        print(f"DIFFERS: yarn {line}\n  Java's: {expected}\n  ours:   {found}", flush=True)


class Held:
    """An application of a Java master with one container that is there until it is let go."""

    def __init__(self, cluster, clients, name, kind, tags, holds=True):
        self.file = f"{cluster.scratch}/{name}.go" if holds else cluster.scratch + "/none"
        self.said = f"{clients.folder}/{name}.out"
        self.thread = threading.Thread(target=self._run, args=(clients, name, kind, tags), daemon=True)
        self.thread.start()

    def _run(self, clients, name, kind, tags):
        try:
            clients.run(name, "MasterProbe", "hold", re.sub(r"-[ab]$", "", name), kind, tags, self.file)
        except (RuntimeError, TimeoutError):  # the clients were closed
            pass

    def container(self):
        def said():
            try:
                with open(self.said, encoding="utf-8") as file:
                    found = re.search(r"holds (container_\S+)", file.read())
                    return found and found.group(1)
            except OSError:
                return None
        return until("a held container", said, 120)


def run(cluster, results):
    cluster.run("up", "--dir", cluster.folder, "--datanodes", "1", "--nodemanagers", "1", "-Dyarn.nodemanager.resource.memory-mb=4096",
                "-Dyarn.nodemanager.resource.cpu-vcores=16")
    clients = java_clients.JavaClients(cluster.folder + "/conf", cluster.scratch + "/clients", "500m")
    subprocess.run(["javac", "-proc:none", "-nowarn", "-Xlint:none", "-cp", java_clients.LIB + "/*", "-d", clients.folder,
                    HERE + "/MasterProbe.java"], check=True)
    try:
        compare(cluster, clients)
    finally:
        clients.close()
    results.add("Java YARN", java_clients.VERSION, "`yarn` commands print the same", "pass")


def compare(cluster, clients):
    over = Held(cluster, clients, "over", "OTHER", "", holds=False)
    over.thread.join(120)
    held = {name: Held(cluster, clients, name, "PROBE", "Blue,green" if name == "kept" else "red")
            for name in ("kept", "gone-a", "gone-b", "failed-a", "failed-b")}
    names = {}
    for name, app in held.items():
        container = app.container()
        number = re.search(r"container_(?:e\d+_)?(\d+_\d+)_", container).group(1)
        names[number] = name[:-2] if name[-2] == "-" else name
        app.number = number
    commands = Commands(cluster, clients, names)
    kept = held["kept"].number
    listing(commands, kept, held["kept"].container())
    pairs(commands, held)
    nodes(cluster, commands)
    if commands.differences:
        raise Failed(f"{len(commands.differences)} commands differ: {commands.differences}")
    check("all commands print what Java's print", True)


def listing(commands, kept, container):
    for options in ("", " -appStates ALL", " -appStates FINISHED,KILLED", " -appTypes PROBE", " -appTypes OTHER -appStates ALL",
                    " -appTags blue", " -appTags green,nothing", " -appTags none", " -appStates WRONG"):
        commands.same("application -list" + options, errors=False)
    app, attempt = f"application_{kept}", f"appattempt_{kept}_000001"
    for line in (f"application -status {app}", f"app -status {app}", "application -status application_1_0001",
                 f"applicationattempt -list {app}", f"applicationattempt -status {attempt}",
                 "applicationattempt -list application_1_0001", "applicationattempt -status appattempt_1_0001_000001",
                 f"applicationattempt -status appattempt_{kept}_000009",
                 f"container -list {attempt}", f"container -status {container}", "container -list appattempt_1_0001_000001",
                 f"container -status {container[:-2]}77", f"container -signal {container} OUTPUT_THREAD_DUMP",
                 f"container -signal {container} NONSENSE", f"container -signal {container[:-2]}77"):
        commands.same(line)


def pairs(commands, held):
    """Commands that change something: Java's on one application, ours on its twin."""
    kept = f"application_{held['kept'].number}"
    for line in (f"application -appId {kept} -updatePriority 0", f"application -updatePriority 99 -appId {kept}",
                 f"application -appId {kept} -updateLifetime 3600", f"application -appId {kept} -changeQueue default",
                 f"application -movetoqueue {kept} -queue default", f"application -appId {kept} -changeQueue nowhere",
                 "application -appId application_1_0001 -updatePriority 1", "application -appId application_1_0001 -updateLifetime 5",
                 "application -kill application_1_0001", "application -appId application_1_0001 -changeQueue default"):
        commands.same(line)
    for verb in ("application -kill application_{}", "applicationattempt -fail appattempt_{}_000001"):
        name = "gone" if "kill" in verb else "failed"
        commands.same(verb.format(held[name + "-b"].number), verb.format(held[name + "-a"].number))
    for name in ("gone", "failed"):
        for twin in ("-a", "-b"):
            until(f"{name}{twin} is over", lambda: re.search(r"State : (KILLED|FAILED)(.|\n)*Status : SUCCEEDED", commands.cluster.outcome(
                "application", "-status", f"application_{held[name + twin].number}")[1]))
        ours, theirs = held[name + "-b"].number, held[name + "-a"].number
        commands.same(f"application -status application_{ours}", f"application -status application_{theirs}")
        commands.same(f"applicationattempt -list application_{ours}", f"applicationattempt -list application_{theirs}")
    several = f"application -kill application_{held['gone-a'].number} application_1_0001 application_{held['failed-a'].number}"
    commands.same(several)
    for line in (f"application -appId application_{held['gone-a'].number} -updatePriority 1",
                 f"application -appId application_{held['gone-a'].number} -updateLifetime 10",
                 f"application -appId application_{held['gone-a'].number} -changeQueue default",
                 f"applicationattempt -fail appattempt_{held['gone-a'].number}_000001"):
        commands.same(line)


def nodes(cluster, commands):
    listed = cluster.outcome("node", "-list")[1]
    node = re.search(r"\S+:\d+(?=\s+RUNNING)", listed).group()
    for line in ("node -list", "node -list -all", "node -list -all -showDetails", "node -list -showDetails",
                 "node -list -states LOST,RUNNING", f"node -status {node}", "node -status nowhere:1",
                 "queue -status default", "queue -status nowhere", "cluster -lnl", "cluster -lna",
                 "rmadmin -refreshQueues", "rmadmin -refreshNodes", "rmadmin -refreshNodesResources", "rmadmin -getGroups root",
                 "rmadmin -getGroups", "rmadmin -refreshAdminAcls", "rmadmin -refreshClusterMaxPriority",
                 "rmadmin -refreshUserToGroupsMappings", "rmadmin -refreshSuperUserGroupsConfiguration",
                 f"rmadmin -updateNodeResource {node} 4096 16"):
        commands.same(line)


def main():
    if not java_clients.available():
        print(f"no Java or no Hadoop jars in {java_clients.LIB}")
        sys.exit(77)
    results = run_cases.Results("yarn_cli_test")
    with Cluster(sys.argv[1], "yarn-cli") as cluster:
        run(cluster, results)


if __name__ == "__main__":
    main()
