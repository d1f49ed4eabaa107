"""A client of the console's API with nothing but Python's own library, and a cluster of its own for a test."""
import http.client
import json
import os
import shutil
import subprocess
import tempfile
import time


class Console:
    """A session of one daemon's console. `host` is where its HTTP server listens: "127.0.0.1:9870"."""

    def __init__(self, host, user=None, password=None):
        self.host, self.cookie, self.csrf = host, "", ""
        if user:
            status, session, headers = self.raw("POST", "/api/v1/login", {"Content-Type": "application/json"},
                                                json.dumps({"user": user, "password": password}))
        else:
            status, session, headers = self.raw("GET", "/api/v1/session")
        self.status, self.session = status, session
        if status == 200:
            self.cookie = headers.get("Set-Cookie", "").split(";")[0]
            self.csrf = session["csrf"]

    def raw(self, method, target, headers=None, body=None, timeout=60):
        connection = http.client.HTTPConnection(self.host, timeout=timeout)
        try:
            connection.request(method, target, body, headers or {})
            answer = connection.getresponse()
            text = answer.read()
            try:
                value = json.loads(text)
            except ValueError:
                value = text
            return answer.status, value, answer.headers
        finally:
            connection.close()

    def headers(self):
        return {"Cookie": self.cookie, "X-Tusk-CSRF": self.csrf, "Content-Type": "application/json"}

    def get(self, path):
        status, value, _ = self.raw("GET", "/api/v1" + path, {"Cookie": self.cookie})
        return status, value

    def post(self, path, body=None):
        text = None if body is None else json.dumps(body)
        status, value, _ = self.raw("POST", "/api/v1" + path, self.headers(), text)
        return status, value


class Cluster:
    """`tusk up` in a folder of its own; taken down and removed at the end."""

    def __init__(self, tusk, *options):
        self.tusk = tusk
        self.folder = tempfile.mkdtemp(prefix="tusk-console-")
        try:
            self.run("up", "--dir", self.folder, "--ports", "auto", *options)
        except BaseException:
            self.close()
            raise
        self.conf = self.folder + "/conf"

    def run(self, *words, check=True, stdin=None):
        environment = dict(os.environ, HADOOP_CONF_DIR=self.folder + "/conf")
        done = subprocess.run([self.tusk, *words], env=environment, input=stdin, capture_output=True, text=True, timeout=120)
        if check and done.returncode != 0:
            raise AssertionError(f"tusk {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def key(self, name):
        return self.run("getconf", "-confKey", name).stdout.strip()

    def namenode(self):
        return self.key("dfs.namenode.http-address")

    def resourcemanager(self):
        return self.key("yarn.resourcemanager.webapp.address")

    def close(self):
        subprocess.run([self.tusk, "down", "--dir", self.folder], capture_output=True, timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def wait_for(what, question, seconds=40):
    """Until `question()` is true; what it last said is in the error."""
    end = time.monotonic() + seconds
    while True:
        said = question()
        if said:
            return said
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.2)
