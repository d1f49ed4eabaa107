"""Hadoop's Java client programs, several at a time in one JVM (JavaClients.java), against whatever cluster a
configuration folder names."""
import os
import queue
import subprocess
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
LIB = os.environ.get("PEER_LIB", os.path.expanduser("~/.cache/tusk-peers/hadoop/lib"))
VERSION = "3.4.2"
OPENS = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in (
    "java.lang", "java.util", "java.net", "java.nio", "sun.nio.ch", "java.io", "java.util.concurrent",
    "sun.security.action")]
# Short lives: no second compiler, no parallel collector.
QUICK = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"]
LOG4J = """log4j.rootLogger=INFO,console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.target=System.err
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d{yy/MM/dd HH:mm:ss} %p %c{2}: %m%n
log4j.logger.org.apache.hadoop.util.NativeCodeLoader=ERROR
"""


def available():
    """Whether Java and Hadoop's jars are here."""
    found = subprocess.run(["sh", "-c", "command -v java javac"], stdout=subprocess.DEVNULL, check=False)
    return found.returncode == 0 and os.path.exists(LIB + "/.complete")


def java_home():
    java = subprocess.run(["sh", "-c", "readlink -f $(command -v java)"], capture_output=True, text=True, check=True)
    return os.path.dirname(os.path.dirname(java.stdout.strip()))


def quick_settings():
    """For `tusk up`: containers whose Java starts fast, and clients and masters that do not wait long between questions.
    A test's jobs are short: most of their time goes into starting Java."""
    java = " ".join(["-Xmx400m", *QUICK, *OPENS])
    settings = {
        "yarn.scheduler.capacity.maximum-am-resource-percent": "0.5",
        "yarn.nodemanager.resource.cpu-vcores": "16",
        "yarn.app.mapreduce.am.resource.mb": "768",
        "mapreduce.map.memory.mb": "768",
        "mapreduce.reduce.memory.mb": "768",
        "yarn.app.mapreduce.am.command-opts": java,
        "mapreduce.map.java.opts": java,
        "mapreduce.reduce.java.opts": java,
        "yarn.app.mapreduce.am.scheduler.heartbeat.interval-ms": "200",
        "mapreduce.client.completion.pollinterval": "500",
        "mapreduce.task.io.sort.mb": "50",
        # On a busy machine a second attempt would start now and then; Java's history viewer stumbles over one that is
        # killed before it has begun.
        "mapreduce.map.speculative": "false",
        "mapreduce.reduce.speculative": "false",
    }
    return [f"-D{key}={value}" for key, value in settings.items()]


class Ended:
    """How one program ended."""

    def __init__(self, folder, name, code):
        self.name, self.code = name, code
        with open(f"{folder}/{name}.out", encoding="utf-8", errors="replace") as file:
            self.out = file.read()
        with open(f"{folder}/{name}.err", encoding="utf-8", errors="replace") as file:
            self.err = file.read()


class JavaClients:
    """One JVM of clients of the cluster that `conf` names. Logs go to `folder`."""

    def __init__(self, conf, folder, heap="700m"):
        os.makedirs(folder, exist_ok=True)
        self.folder, self.waiting, self.lock = folder, {}, threading.Lock()
        if not os.path.exists(folder + "/JavaClients.class"):
            subprocess.run(["javac", "-proc:none", "-nowarn", "-Xlint:none", "-cp", LIB + "/*", "-d", folder,
                            HERE + "/JavaClients.java"], check=True, stderr=subprocess.DEVNULL)
        os.makedirs(folder + "/log4j", exist_ok=True)
        with open(folder + "/log4j/log4j.properties", "w", encoding="utf-8") as file:
            file.write(LOG4J)
        command = ["java", f"-Xmx{heap}", *QUICK, *OPENS, "-Djava.security.manager=allow",
                   f"-Dhadoop.log.dir={folder}", "-cp", f"{folder}/log4j:{conf}:{folder}:{LIB}/*", "JavaClients", folder]
        self.errors = open(folder + "/clients.err", "wb")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
                                        text=True, env=dict(os.environ, HADOOP_CONF_DIR=conf, JAVA_HOME=java_home()),
                                        cwd=folder)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            name, _, code = line.rstrip("\n").partition("\t")
            with self.lock:
                waiter = self.waiting.pop(name, None)
            if waiter is not None:
                waiter.put(int(code))
        with self.lock:
            for waiter in self.waiting.values():
                waiter.put(None)
            self.waiting.clear()

    def run(self, name, main, *arguments, seconds=420):
        """Runs a main class to its end; `name` is for its logs and may be used once."""
        waiter = queue.Queue()
        with self.lock:
            self.waiting[name] = waiter
            self.process.stdin.write("\t".join([name, main, *map(str, arguments)]) + "\n")
            self.process.stdin.flush()
        try:
            code = waiter.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError(f"{name} did not end in {seconds} s") from None
        if code is None:
            raise RuntimeError(f"{name}: the clients' JVM died; see {self.folder}/clients.err")
        return Ended(self.folder, name, code)

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.errors.close()
