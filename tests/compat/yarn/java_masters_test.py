#!/usr/bin/env python3
"""Java application masters (Hadoop's AMRMClient and NMClient) on a tusk cluster: containers are made larger and smaller,
demoted and promoted, as on a real Hadoop; and a master goes on while the keys of its tokens, its nodes' and its
containers' are rolled away under it.

  java_masters_test.py TUSK      exit code 77 where there is no Java or no Hadoop jars"""
import os
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE + "/../../minicluster", HERE + "/../apps"]

import java_clients  # noqa: E402
import run_cases  # noqa: E402
from cluster import Cluster, check  # noqa: E402

# As short as masters on a busy machine allow; Hadoop wants a roll to take more than three times the expiry.
SETTINGS = {
    "yarn.am.liveness-monitor.expiry-interval-ms": 5000,
    "yarn.nm.liveness-monitor.expiry-interval-ms": 5000,
    "yarn.resourcemanager.am-rm-tokens.master-key-rolling-interval-secs": 16,
    "yarn.resourcemanager.nm-tokens.master-key-rolling-interval-secs": 16,
    "yarn.resourcemanager.container-tokens.master-key-rolling-interval-secs": 16,
    "yarn.nodemanager.resource.memory-mb": 2048,
    "yarn.nodemanager.resource.cpu-vcores": 16,
    "ipc.client.connection.maxidletime": 1000,
}
# What it is on Hadoop 3.4.2 (from `promote:` on: see MasterProbe.java).
UPDATES = """increase: INCREASE_RESOURCE: 768 MB, 2, GUARANTEED, version 1
  on the node: 768 MB, 2, GUARANTEED, RUNNING
decrease: DECREASE_RESOURCE: 512 MB, 1, GUARANTEED, version 2
  on the node: 512 MB, 1, GUARANTEED, RUNNING
stale version: refused: INCORRECT_CONTAINER_VERSION_ERROR, version 2
stale version: as before
beyond the maximum: refused: RESOURCE_OUTSIDE_ALLOWED_RANGE, version 2
beyond the maximum: as before
demote: DEMOTE_EXECUTION_TYPE: 512 MB, 1, OPPORTUNISTIC, version 3
  on the node: 512 MB, 1, OPPORTUNISTIC, RUNNING
promote: 512 MB, 1, GUARANTEED, version 4
  on the node: 512 MB, 1, GUARANTEED, RUNNING
unknown container: refused: INVALID_CONTAINER_ID, version -1
unknown container: as before
increase beyond the node's room: as before
  on the node: 1536 MB, 1, GUARANTEED, RUNNING
room was made: 1536 MB, 1
finished: SUCCEEDED
"""
KEYS = """a new token for the master
it is taken
a new token for the master
it is taken
the first token is refused
a container under a new key runs: RUNNING
the first one: RUNNING
it can still be stopped
finished: SUCCEEDED
"""


def run(cluster, results):
    cluster.run("up", "--dir", cluster.folder, "--datanodes", "1", "--nodemanagers", "1",
                *(f"-D{key}={value}" for key, value in SETTINGS.items()))
    clients = java_clients.JavaClients(cluster.folder + "/conf", cluster.scratch + "/clients", "400m")
    subprocess.run(["javac", "-proc:none", "-nowarn", "-Xlint:none", "-cp", java_clients.LIB + "/*", "-d", clients.folder,
                    HERE + "/MasterProbe.java"], check=True)
    try:
        ended = {}
        # The keys' master mostly waits, so the other goes beside it.
        thread = threading.Thread(target=lambda: ended.update(keys=clients.run("keys", "MasterProbe", "keys")))
        thread.start()
        updates = clients.run("updates", "MasterProbe", "updates")
        thread.join()
    finally:
        clients.close()
    check("containers are updated as on Hadoop", updates.out == UPDATES, updates.out + updates.err[-3000:])
    check("a master outlives the keys of its tokens", ended["keys"].out == KEYS,
          ended["keys"].out + ended["keys"].err[-3000:])
    for what in ("container updates", "promotion and demotion", "a master outlives its token's master keys"):
        results.add("Java YARN", java_clients.VERSION, what, "pass")


def main():
    if not java_clients.available():
        print(f"no Java or no Hadoop jars in {java_clients.LIB}")
        sys.exit(77)
    results = run_cases.Results("java_masters_test")
    with Cluster(sys.argv[1], "java-masters") as cluster:
        run(cluster, results)


if __name__ == "__main__":
    main()
