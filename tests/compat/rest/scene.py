"""One scene that is played on a cluster, tusk's or the real Hadoop's, and what its REST interfaces answer in it.

The scene: what nobody has done yet and what is asked wrongly; a program that is submitted by REST, watched and killed by REST;
one that fails; a streaming job with two slow maps and a reduce that is watched while it runs (resource manager, node
manager, its own application master behind the proxy) and after its end (history server).
"""
import json
import subprocess
import time
import urllib.error
import urllib.request


class Scene:
    def __init__(self, resourcemanager, nodemanager, history, streaming, log=lambda text: None):
        """Addresses as host:port; `streaming` is the command line of a streaming job, a list."""
        self.rm, self.nm, self.history, self.streaming, self.log = resourcemanager, nodemanager, history, streaming, log
        self.answers = {}

    def ask(self, address, path, method="GET", body=None, accept="*/*"):
        """(status, content type, JSON value or text)."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://{address}{path}", data=data, method=method)
        request.add_header("Accept", accept)
        if data is not None:
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                status, headers, text = reply.status, reply.headers, reply.read()
        except urllib.error.HTTPError as error:
            status, headers, text = error.code, error.headers, error.read()
        kind = (headers.get("Content-Type") or "").split(";")[0]
        text = text.decode(errors="replace")
        if kind == "application/json":
            try:
                return status, kind, json.loads(text)
            except ValueError:
                pass
        return status, kind, text

    def note(self, name, address, path, **more):
        status, kind, value = self.ask(address, path, **more)
        if kind == "text/html":
            value = ""  # pages for people are not compared
        self.answers[name] = {"status": status, "type": kind, "body": value}
        self.log(f"{name}: {status}")
        return value

    def rm_note(self, name, path, **more):
        return self.note("rm." + name, self.rm, "/ws/v1/cluster" + path, **more)

    def wait(self, what, found, seconds=120):
        end = time.time() + seconds
        while time.time() < end:
            value = found()
            if value:
                return value
            time.sleep(0.3)
        raise AssertionError(f"{what} did not happen within {seconds} s")

    def app(self, app):
        return self.ask(self.rm, f"/ws/v1/cluster/apps/{app}")[2].get("app", {})

    # --- the parts ---

    def empty_cluster(self):
        for name, path in [
            ("info", ""), ("metrics", "/metrics"), ("apps.none", "/apps"), ("nodes", "/nodes"), ("scheduler", "/scheduler"),
            ("appstatistics", "/appstatistics"), ("node.unknown", "/nodes/foo:1"), ("node.bad", "/nodes/foo"),
            ("nodes.lost", "/nodes?states=LOST"), ("nodes.badState", "/nodes?states=BAD"),
            ("apps.badState", "/apps?states=FOO"), ("apps.limit0", "/apps?limit=0"), ("apps.limitText", "/apps?limit=x"),
            ("apps.badQueue", "/apps?queue=nope"), ("apps.negativeTime", "/apps?startedTimeBegin=-1"),
            ("apps.timesCrossed", "/apps?finishedTimeBegin=5&finishedTimeEnd=3"), ("app.bad", "/apps/foo"),
            ("app.unknown", "/apps/application_1_0001"), ("attempts.unknown", "/apps/application_1_0001/appattempts"),
            ("state.unknown", "/apps/application_1_0001/state"), ("statistics.badState", "/appstatistics?states=BAD"),
            ("statistics.one", "/appstatistics?states=RUNNING&applicationTypes=MAPREDUCE"),
            ("statistics.two", "/appstatistics?applicationTypes=a,b"), ("nothing", "/foo"),
            ("activities", "/scheduler/activities"), ("schedulerConf", "/scheduler-conf"),
            ("nodeToLabels", "/get-node-to-labels"), ("nodeLabels", "/get-node-labels"), ("labelMappings", "/label-mappings"),
            ("userinfo", "/userinfo"), ("access", "/queues/default/access?user=root"), ("reservations", "/reservation/list"),
        ]:
            self.rm_note(name, path)
        self.rm_note("kill.unknown", "/apps/application_1_0001/state", method="PUT", body={"state": "KILLED"})
        self.rm_note("submit.empty", "/apps", method="POST", body={})
        self.note("nm.info", self.nm, "/ws/v1/node")
        self.note("nm.apps.none", self.nm, "/ws/v1/node/apps")
        self.note("nm.containers.none", self.nm, "/ws/v1/node/containers")
        self.note("nm.app.unknown", self.nm, "/ws/v1/node/apps/application_1_0001")
        self.note("nm.app.bad", self.nm, "/ws/v1/node/apps/foo")
        self.note("nm.apps.badState", self.nm, "/ws/v1/node/apps?state=FOO")
        self.note("nm.container.unknown", self.nm, "/ws/v1/node/containers/container_1_0001_01_000001")
        self.note("nm.container.bad", self.nm, "/ws/v1/node/containers/foo")
        self.note("nm.resources", self.nm, "/ws/v1/node/resources/yarn.io%2Fgpu")
        self.note("nm.auxiliaryservices", self.nm, "/ws/v1/node/auxiliaryservices")
        if self.history:
            base = "/ws/v1/history"
            for name, path in [
                ("info", ""), ("jobs.none", "/mapreduce/jobs"), ("job.unknown", "/mapreduce/jobs/job_1_0001"),
                ("job.bad", "/mapreduce/jobs/foo"), ("jobs.badState", "/mapreduce/jobs?state=FOO"),
                ("jobs.limit0", "/mapreduce/jobs?limit=0"), ("jobs.negativeTime", "/mapreduce/jobs?startedTimeBegin=-1"),
                ("jobs.timesCrossed", "/mapreduce/jobs?startedTimeBegin=5&startedTimeEnd=3"),
            ]:
                self.note("history." + name, self.history, base + path)

    def submit(self, name, command, attempts=1):
        made = self.rm_note(name + ".new", "/apps/new-application", method="POST")
        app = made["application-id"]
        self.rm_note(name + ".submit", "/apps", method="POST", body={
            "application-id": app, "application-name": name, "queue": "default", "application-type": "SCENE", "priority": 0,
            "am-container-spec": {"commands": {"command": command},
                                  "environment": {"entry": [{"key": "SCENE", "value": "rest"}]}},
            "max-app-attempts": attempts, "resource": {"memory": 256, "vCores": 1},
            "application-tags": {"tag": ["scene", "rest"]}, "unmanaged-AM": False})
        return app

    def sleeper(self):
        app = self.submit("sleeper", "echo awake; exec sleep 300 2>&1 >sleep.log")
        attempt = app.replace("application", "appattempt") + "_000001"
        self.wait("sleeper's launch", lambda: self.ask(self.rm, f"/ws/v1/cluster/apps/{app}/appattempts/{attempt}/containers")[2]
                  .get("container"))
        # Of one container Hadoop makes an object, of several a list.
        container = self.ask(self.rm, f"/ws/v1/cluster/apps/{app}/appattempts/{attempt}/containers")[2]["container"]["containerId"]
        self.wait("sleeper's container", lambda: self.ask(self.nm, f"/ws/v1/node/containers/{container}")[2]
                  .get("container", {}).get("state") == "RUNNING")
        time.sleep(1)
        for name, path in [
            ("app", f"/apps/{app}"), ("apps", "/apps"), ("attempts", f"/apps/{app}/appattempts"),
            ("attempt", f"/apps/{app}/appattempts/{attempt}"), ("attempt.bad", f"/apps/{app}/appattempts/foo"),
            ("attempt.unknown", f"/apps/{app}/appattempts/{attempt[:-1]}7"),
            ("containers", f"/apps/{app}/appattempts/{attempt}/containers"),
            ("container", f"/apps/{app}/appattempts/{attempt}/containers/{container}"),
            ("container.bad", f"/apps/{app}/appattempts/{attempt}/containers/foo"),
            ("container.unknown", f"/apps/{app}/appattempts/{attempt}/containers/{container[:-1]}9"),
            ("state", f"/apps/{app}/state"), ("queue", f"/apps/{app}/queue"), ("priority", f"/apps/{app}/priority"),
            ("timeouts", f"/apps/{app}/timeouts"), ("timeout", f"/apps/{app}/timeouts/LIFETIME"),
            ("timeout.bad", f"/apps/{app}/timeouts/FOO"),
            ("metrics", "/metrics"), ("scheduler", "/scheduler"), ("nodes", "/nodes"),
            ("byState", "/apps?states=accepted"), ("byOldState", "/apps?state=ACCEPTED"), ("byUser", "/apps?user=nobody"), ("byQueue", "/apps?queue=default"),
            ("byType", "/apps?applicationTypes=scene"), ("byTag", "/apps?applicationTags=REST,x"), ("byName", "/apps?name=sleeper"),
            ("byOtherName", "/apps?name=slee"), ("byTime", "/apps?startedTimeEnd=5"), ("byFinal", "/apps?finalStatus=UNDEFINED"),
            ("lean", "/apps?deSelects=resourceRequests,timeouts,resourceInfo,amNodeLabelExpression"),
            ("leanBad", "/apps?deSelects=foo"), ("finalBad", "/apps?finalStatus=FOO"), ("statistics", "/appstatistics?applicationTypes=scene"),
        ]:
            self.rm_note("sleeper." + name, path)
        for name, path in [
            ("apps", "/apps"), ("app", f"/apps/{app}"), ("containers", "/containers"), ("container", f"/containers/{container}"),
            ("logs", f"/containers/{container}/logs"), ("apps.byState", "/apps?state=RUNNING"), ("apps.byUser", "/apps?user=nobody"),
            ("log", f"/containerlogs/{container}/prelaunch.out"), ("log.unknown", f"/containerlogs/{container}/nothing"),
        ]:
            self.note("nm.sleeper." + name, self.nm, "/ws/v1/node" + path)
        self.rm_note("sleeper.raise", f"/apps/{app}/priority", method="PUT", body={"priority": 0})
        self.rm_note("sleeper.move", f"/apps/{app}/queue", method="PUT", body={"queue": "nope"})
        self.rm_note("sleeper.lifetime", f"/apps/{app}/timeout", method="PUT",
                     body={"timeout": {"type": "LIFETIME", "expiryTime": "2090-01-01T00:00:00.000+0000"}})
        self.rm_note("sleeper.lifetime.bad", f"/apps/{app}/timeout", method="PUT",
                     body={"timeout": {"type": "LIFETIME", "expiryTime": "tomorrow"}})
        self.rm_note("sleeper.timeouts.set", f"/apps/{app}/timeouts")
        self.rm_note("sleeper.badTarget", f"/apps/{app}/state", method="PUT", body={"state": "RUNNING"})
        self.rm_note("sleeper.kill", f"/apps/{app}/state?user.name=root", method="PUT", body={"state": "KILLED"})
        self.wait("sleeper's end", lambda: self.app(app).get("state") == "KILLED")
        for name, path in [("app", f"/apps/{app}"), ("attempts", f"/apps/{app}/appattempts"), ("state", f"/apps/{app}/state"),
                           ("kill", f"/apps/{app}/state")]:
            if name == "kill":
                self.rm_note("sleeper.killed.kill", path, method="PUT", body={"state": "KILLED"})
            else:
                self.rm_note("sleeper.killed." + name, path)

    def failing(self):
        app = self.submit("failing", "echo bad >&2; exit 3")
        self.wait("the failure", lambda: self.app(app).get("state") == "FAILED")
        self.rm_note("failed.app", f"/apps/{app}")
        self.rm_note("failed.attempts", f"/apps/{app}/appattempts")
        self.rm_note("failed.byFinal", "/apps?finalStatus=failed&limit=1")

    def job(self):
        process = subprocess.Popen(self.streaming, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            running = self.wait("the job", lambda: self.ask(
                self.rm, "/ws/v1/cluster/apps?states=RUNNING&applicationTypes=MAPREDUCE")[2]["apps"].get("app"))
            app = running[0]["id"]
            job, attempt = app.replace("application", "job"), app.replace("application", "appattempt") + "_000001"
            live = f"/proxy/{app}/ws/v1/mapreduce"
            self.wait("two running maps", lambda: (self.ask(self.rm, f"{live}/jobs/{job}")[2] or {}).get("job", {})
                      .get("runningMapAttempts", 0) == 2 if isinstance(self.ask(self.rm, f"{live}/jobs/{job}")[2], dict) else None)
            for name, path in [("app", f"/apps/{app}"), ("attempts", f"/apps/{app}/appattempts"),
                               ("containers", f"/apps/{app}/appattempts/{attempt}/containers"), ("metrics", "/metrics")]:
                self.rm_note("job." + name, path)
            self.note("nm.job.app", self.nm, f"/ws/v1/node/apps/{app}")
            self.note("nm.job.containers", self.nm, "/ws/v1/node/containers")
            self.note_job("am", self.rm, f"/proxy/{app}/ws/v1/mapreduce", "", job)
            self.note("am.blacklisted", self.rm, live + "/blacklistednodes")
            self.log(process.communicate(timeout=240)[0][-300:])
            assert process.returncode == 0, "the streaming job failed"
        finally:
            process.kill()
        self.wait("the job's end", lambda: self.app(app).get("state") == "FINISHED")
        self.rm_note("job.ended.app", f"/apps/{app}")
        self.rm_note("job.ended.attempts", f"/apps/{app}/appattempts")
        self.rm_note("job.ended.statistics", "/appstatistics")
        if self.history:
            self.wait("the job in the history", lambda: self.ask(self.history, f"/ws/v1/history/mapreduce/jobs/{job}")[0] == 200)
            self.note_job("history", self.history, "/ws/v1/history/mapreduce", "/mapreduce", job)
            for name, query in [("byState", "state=SUCCEEDED"), ("byOther", "state=FAILED"), ("byUser", "user=nobody"),
                                ("byQueue", "queue=root.default"), ("byTime", "finishedTimeBegin=1"), ("limited", "limit=1")]:
                self.note("history.jobs." + name, self.history, "/ws/v1/history/mapreduce/jobs?" + query)

    def note_job(self, prefix, address, base, _, job):
        task, reduce = job.replace("job", "task") + "_m_000000", job.replace("job", "task") + "_r_000000"
        map_attempt, reduce_attempt = task.replace("task", "attempt") + "_0", reduce.replace("task", "attempt") + "_0"
        one = f"{base}/jobs/{job}"
        if prefix == "am":
            self.note("am.info", address, base)
        for name, path in [
            ("jobs", f"{base}/jobs"), ("job", one), ("jobattempts", one + "/jobattempts"), ("counters", one + "/counters"),
            ("conf", one + "/conf"), ("tasks", one + "/tasks"), ("tasks.maps", one + "/tasks?type=m"),
            ("tasks.bad", one + "/tasks?type=x"), ("task", f"{one}/tasks/{task}"), ("task.reduce", f"{one}/tasks/{reduce}"),
            ("task.counters", f"{one}/tasks/{task}/counters"), ("task.bad", one + "/tasks/foo"),
            ("task.unknown", f"{one}/tasks/{task[:-1]}7"), ("attempts", f"{one}/tasks/{task}/attempts"),
            ("attempt", f"{one}/tasks/{task}/attempts/{map_attempt}"), ("attempt.bad", f"{one}/tasks/{task}/attempts/foo"),
            ("attempt.unknown", f"{one}/tasks/{task}/attempts/{map_attempt[:-1]}7"),
            ("attempt.reduce", f"{one}/tasks/{reduce}/attempts/{reduce_attempt}"),
            ("attempt.counters", f"{one}/tasks/{task}/attempts/{map_attempt}/counters"),
            ("attempts.reduce", f"{one}/tasks/{reduce}/attempts"),
        ]:
            self.note(f"{prefix}.{name}", address, path)

    def play(self):
        self.empty_cluster()
        self.sleeper()
        self.failing()
        self.job()
        return self.answers
