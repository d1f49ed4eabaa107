#!/usr/bin/env python3
"""PySpark (from PyPI, with its own Hadoop client) on a tusk cluster: --master yarn in client and in cluster mode, a word
count with RDDs and a DataFrame job over files of our DFS, and its pages through the resource manager's proxy.

  spark_test.py TUSK      exit code 77 where there is no Java 17 or no PyPI"""
import csv
import io
import os
import re
import subprocess
import sys
import threading
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE + "/../../minicluster")

import inputs  # noqa: E402
import java_clients  # noqa: E402
import run_cases  # noqa: E402
from cluster import Cluster, Failed, check, until  # noqa: E402

VERSION = "3.5.6"
HOME = os.path.expanduser(os.environ.get("TUSK_PYSPARK", "~/.cache/tusk-peers/pyspark"))


def install():
    """PySpark below ~/.cache, once. False where PyPI cannot be reached."""
    if os.path.exists(f"{HOME}/pyspark-{VERSION}.dist-info/RECORD"):
        return True
    done = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--target", HOME, f"pyspark=={VERSION}"],
                          check=False, capture_output=True, text=True)
    if done.returncode != 0:
        print(done.stderr[-1000:])
    return done.returncode == 0


class Submit:
    """spark-submit beside the test."""

    def __init__(self, cluster, mode, *arguments):
        spark = HOME + "/pyspark"
        environment = dict(cluster.environment(), SPARK_HOME=spark, PYTHONPATH=HOME, JAVA_HOME=java_clients.java_home(),
                           PYSPARK_PYTHON=sys.executable, SPARK_LOCAL_IP="127.0.0.1", SPARK_LOCAL_HOSTNAME="localhost")
        command = [spark + "/bin/spark-submit", "--master", "yarn", "--deploy-mode", mode, "--num-executors", "1",
                   "--executor-memory", "512m", "--driver-memory", "512m"]
        for setting in ("spark.executor.memoryOverhead=256m", "spark.driver.memoryOverhead=256m",
                        "spark.yarn.am.memory=512m", "spark.yarn.am.memoryOverhead=256m",
                        "spark.sql.shuffle.partitions=2", "spark.yarn.jars=hdfs:///spark/jars/*",
                        "spark.port.maxRetries=64", "spark.ui.showConsoleProgress=false",
                        "spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1",
                        "spark.executor.extraJavaOptions=-XX:TieredStopAtLevel=1",
                        # The proxy comes from 127.0.0.1, the one address that the master's filter lets in.
                        "spark.yarn.appMasterEnv.SPARK_LOCAL_IP=127.0.0.1",
                        f"spark.yarn.appMasterEnv.PYSPARK_PYTHON={sys.executable}"):
            command += ["--conf", setting]
        self.mode, self.lines = mode, []
        self.process = subprocess.Popen(command + list(arguments), env=environment, text=True, errors="replace",
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=cluster.scratch)
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.process.stdout), daemon=True)
        self.reader.start()

    def said(self):
        return "".join(list(self.lines))

    def application(self):
        found = re.search(r"Submitted application (application_\d+_\d+)", self.said())
        if not found and self.process.poll() is not None:
            raise Failed(f"spark-submit ended with {self.process.returncode}:\n{self.said()[-3000:]}")
        return found.group(1) if found else None

    def finish(self, seconds=300):
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise Failed(f"spark-submit did not end:\n{self.said()[-3000:]}") from None
        self.reader.join(10)
        if code != 0:
            raise Failed(f"spark-submit ended with {code}:\n{self.said()[-4000:]}")


def fetch(url):
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.read().decode(errors="replace")
    except OSError:
        return ""


def check_results(cluster, folder, texts):
    """What the job wrote against counts made here."""
    words = {}
    for name in os.listdir(texts):
        with open(f"{texts}/{name}", encoding="ascii") as file:
            for word in file.read().split():
                words[word] = words.get(word, 0) + 1
    wanted = "".join(f"{word}\t{count}\n" for word, count in sorted(words.items()))
    check(f"{folder}: RDD word count", cluster.dfs("-cat", f"{folder}/rdd/part-*") == wanted)
    letters = {}
    for word, count in words.items():
        row = letters.setdefault(word[0], [0, 0])
        row[0] += count
        row[1] += 1
    rows = list(csv.reader(io.StringIO(cluster.dfs("-cat", f"{folder}/csv/part-*"))))
    check(f"{folder}: DataFrame by way of Parquet", rows == [["letter", "words", "different"]] + [
        [letter, str(count), str(different)] for letter, (count, different) in sorted(letters.items())], rows[:5])


def run(cluster, results):
    cluster.run("up", "--dir", cluster.folder, "--hadoop-jars", java_clients.LIB, *java_clients.quick_settings())
    local = cluster.scratch + "/local"
    inputs.write(local)
    cluster.dfs("-mkdir", "-p", "/in", "/out", "/spark", f"/user/{os.environ.get('USER', 'root')}")
    cluster.dfs("-put", local + "/text", "/in/")
    cluster.dfs("-put", HOME + "/pyspark/jars", "/spark/")
    settings = run_cases.settings_of(cluster.folder + "/conf")
    proxy = f"http://{settings['yarn.resourcemanager.webapp.address']}/proxy/"
    for mode in ("client", "cluster"):
        job = Submit(cluster, mode, HERE + "/spark_job.py", "/in/text", f"/out/{mode}")
        application = until("spark-submit submits", job.application, 120)
        until("Spark's page through the proxy", lambda: "Spark" in fetch(f"{proxy}{application}/jobs/")
              or job.process.poll() is not None, 200)
        check("Spark's page came through the proxy", job.process.poll() is None)
        job.finish()
        check_results(cluster, f"/out/{mode}", local + "/text")
        state = cluster.run("application", "-status", application)
        check("YARN has it as a success", "Final-State : SUCCEEDED" in state, state)
        if mode == "cluster":
            until("the driver's output in the logs",
                  lambda: "letters: 26" in cluster.run("logs", "-applicationId", application, code=None), 30)
        results.add("PySpark", VERSION, f"--master yarn --deploy-mode {mode}: RDD, DataFrame, pages through the proxy", "pass")


def main():
    if not java_clients.available():
        print(f"no Java or no Hadoop jars in {java_clients.LIB}")
        sys.exit(77)
    if not install():
        print("no PySpark from PyPI")
        sys.exit(77)
    results = run_cases.Results("spark_test")
    with Cluster(sys.argv[1], "spark") as cluster:
        run(cluster, results)


if __name__ == "__main__":
    main()
