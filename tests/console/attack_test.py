#!/usr/bin/env python3
"""Attacks on a console that asks for a login: each is refused or bounded, while an ordinary reader goes on being served.

    attack_test.py TUSK
"""
import http.client
import json
import socket
import sys
import threading
import time
import urllib.parse

from console_client import Cluster, Console

PASSWORDS = {"vera": ("viewer", "vera-vera-vera"), "otto": ("operator", "otto-otto-otto"), "ada": ("admin", "ada-ada-ada-ada")}
REASON_WITHIN = 30  # seconds in which the reader must be answered, on a busy machine


class Reader(threading.Thread):
    """Asks all the time, on fresh connections, and remembers the slowest answer."""

    def __init__(self, console):
        super().__init__(daemon=True)
        self.console, self.slowest, self.asked, self.failures, self.going = console, 0.0, 0, [], True

    def run(self):
        while self.going:
            begun = time.monotonic()
            try:
                status, _ = self.console.get("/dfs/overview")
                if status != 200:
                    self.failures.append(status)
            except OSError as error:
                self.failures.append(error)
            self.asked += 1
            self.slowest = max(self.slowest, time.monotonic() - begun)
            time.sleep(0.05)

    def judge(self, attack):
        self.going = False
        self.join()
        print(f"{attack}: {self.asked} ordinary requests meanwhile, slowest {self.slowest:.2f} s", flush=True)
        assert self.asked > 0 and not self.failures, f"{attack}: {self.failures[:3]}"
        assert self.slowest < REASON_WITHIN, f"{attack}: an answer took {self.slowest:.1f} s"


def during(console, attack, function):
    reader = Reader(console)
    reader.start()
    try:
        function()
    finally:
        reader.judge(attack)


def error_of(answer):
    return answer[0], answer[1]["error"]["code"]


def forged_origins(host, ada):
    for name, value in [("Origin", "http://evil.example"), ("Origin", "null"), ("Origin", f"http://{host}.evil.example"),
                        ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site")]:
        answer = ada.raw("POST", "/api/v1/dfs/files/mkdir", dict(ada.headers(), **{name: value}), '{"path":"/forged"}')
        assert error_of(answer) == (403, "origin"), (name, value, answer)


def tokens(host, ada, otto):
    headers = ada.headers()
    del headers["X-Tusk-CSRF"]
    assert error_of(ada.raw("POST", "/api/v1/dfs/files/mkdir", headers, '{"path":"/x"}')) == (403, "csrf")
    replayed = dict(ada.headers(), **{"X-Tusk-CSRF": otto.csrf})
    assert error_of(ada.raw("POST", "/api/v1/dfs/files/mkdir", replayed, '{"path":"/x"}')) == (403, "csrf")
    leaving = Console(host, "otto", PASSWORDS["otto"][1])
    assert leaving.post("/logout")[0] == 200
    assert leaving.get("/dfs/overview")[0] == 401, "a cookie counts after its logout"
    assert leaving.post("/dfs/files/mkdir", {"path": "/x"})[0] == 401
    text_plain = dict(ada.headers(), **{"Content-Type": "text/plain"})
    assert error_of(ada.raw("POST", "/api/v1/dfs/files/mkdir", text_plain, '{"path":"/x"}'))[0] == 415


def roles(host, vera, otto):
    for path, body in [("/dfs/files/mkdir", {"path": "/v"}), ("/dfs/namenode/safemode", {"action": "enter"}), ("/dfs/files/delete", {"path": "/tmp"})]:
        assert vera.post(path, body)[0] == 403, path
    for path, body in [("/dfs/namenode/safemode", {"action": "enter"}), ("/dfs/namenode/rollEdits", None), ("/dfs/files/quota", {"path": "/", "names": 1})]:
        assert otto.post(path, body)[0] == 403, path
    # What a cookie says of itself does not count without the key.
    name, _, value = vera.cookie.partition("=")
    for forged in [value[:-2] + "AA", value.replace(value[:6], "MXx4eA"), "e30.e30", value.split(".")[0] + "."]:
        assert vera.raw("GET", "/api/v1/dfs/overview", {"Cookie": f"{name}={forged}"})[0] == 401
    assert otto.post("/dfs/files/mkdir", {"path": "/otto"})[0] == 403, "otto is nobody special in the filesystem"
    assert Console(host).session["user"] is None
    assert vera.raw("GET", "/conf")[0] == 401 and vera.raw("GET", "/logLevel?log=x&level=DEBUG", {"Cookie": vera.cookie})[0] == 403


def traversal(ada):
    for path in ["/console/../../../../etc/passwd", "/console/%2e%2e/%2e%2e/etc/passwd", "/console/assets/..%2f..%2f..%2fetc%2fpasswd", "/console//etc/passwd"]:
        status, body, _ = ada.raw("GET", path)
        assert status in (200, 404) and b"root:" not in (body if isinstance(body, bytes) else b""), path
    for path in ["/a/../../etc", "/..", "/./x", "relative", "//", "/a//b", "/x\0y"]:
        assert ada.post("/dfs/files/mkdir", {"path": path})[0] == 400, path
        assert ada.get("/dfs/files/status?path=" + urllib.parse.quote(path))[0] in (400, 404), path
    assert ada.get("/dfs/datanodes/..%2F..%2Fnamenode")[0] == 404


def header_injection(host, ada):
    name = "/x\r\nSet-Cookie: tusk.session=evil\r\n\r\n<img onerror=alert(1)>"
    status, _, headers = ada.raw("POST", "/api/v1/dfs/files/upload", ada.headers(), json.dumps({"path": name}))
    assert "evil" not in str(headers), headers
    with socket.create_connection(host.split(":"), timeout=30) as raw:
        raw.sendall(b"GET /console/%0d%0aX-Evil:%20yes HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = b""
        while part := raw.recv(65536):
            answer += part
    assert b"X-Evil" not in answer.split(b"\r\n\r\n")[0]
    status, _, headers = ada.raw("GET", "/api/v1/dfs/files?path=/")
    assert headers["X-Content-Type-Options"] == "nosniff"


def slowloris(host):
    address = tuple([host.split(":")[0], int(host.split(":")[1])])
    held = []
    for i in range(1500):
        try:
            stream = socket.create_connection(address, timeout=5)
            stream.sendall(b"GET /console/ HTTP/1.1\r\nHost: x\r\nA: ")
            held.append(stream)
        except OSError:
            pass
    time.sleep(1)
    for stream in held:
        stream.close()


def idle_crowd(host):
    address = tuple([host.split(":")[0], int(host.split(":")[1])])
    held = []
    for i in range(5000):
        try:
            held.append(socket.create_connection(address, timeout=5))
        except OSError:
            pass
    time.sleep(1)
    for stream in held:
        stream.close()


def large_body(host, ada):
    """1 GB announced, and 1 GB in chunks: an answer or a closed connection long before the end."""
    for chunked in (False, True):
        stream = socket.create_connection(host.split(":"), timeout=30)
        fields = "".join(f"{name}: {value}\r\n" for name, value in ada.headers().items())
        framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {1 << 30}"
        stream.sendall(f"POST /api/v1/dfs/files/mkdir HTTP/1.1\r\nHost: {host}\r\n{fields}{framing}\r\n\r\n".encode())
        part = b"x" * (1 << 20)
        sent = 0
        try:
            for _ in range(1024):
                stream.sendall(b"100000\r\n" + part + b"\r\n" if chunked else part)
                sent += len(part)
        except OSError:
            pass
        assert sent < 256 << 20, f"{sent} bytes were taken"
        stream.close()


def guessing(host):
    answers = []
    while 429 not in answers and len(answers) < 14:  # a name that nobody has takes as long and counts as any other
        answers.append(Console(host, "mallory", f"guess number {len(answers)}").status)
    assert 429 in answers and 200 not in answers, answers


def main():
    with Cluster(sys.argv[1], "--datanodes", "1", "--nodemanagers", "0", "-D", "tusk.console.login=always") as cluster:
        for user, (role, password) in PASSWORDS.items():
            cluster.run("console", "adduser", user, "--role", role, stdin=password + "\n")
        host = cluster.namenode()
        deadline = time.monotonic() + 30
        while Console(host, "ada", PASSWORDS["ada"][1]).status != 200 and time.monotonic() < deadline:
            time.sleep(0.5)
        ada, otto, vera = (Console(host, name, PASSWORDS[name][1]) for name in ("ada", "otto", "vera"))
        assert (ada.status, otto.status, vera.status) == (200, 200, 200)
        forged_origins(host, ada)
        tokens(host, ada, otto)
        roles(host, vera, otto)
        traversal(ada)
        header_injection(host, ada)
        during(ada, "slow headers", lambda: slowloris(host))
        during(ada, "5,000 idle connections", lambda: idle_crowd(host))
        during(ada, "1 GB body", lambda: large_body(host, ada))
        during(ada, "guessed passwords", lambda: guessing(host))
        print("attacks: all refused or bounded")


main()
