#!/usr/bin/env python3
"""Runs Hadoop's own XML command line suites (testHDFSConf.xml, ...) with our shell against a running cluster.

  run_suite.py --suite FILE --data FOLDER --shell 'hdfs dfs' --admin 'hdfs dfsadmin' --namenode hdfs://127.0.0.1:9000
               [--known FILE] [--only REGEX] [--verbose] [--jobs N]

A test passes when every comparator accepts the merged output of its last command. Tests that use verbs of later work
are skipped and counted by reason. With --known, the listed descriptions may fail, and one that does not fail any more
is an error too: the list only shrinks. Environment: HADOOP_CONF_DIR as for the shell.
"""
import argparse
import collections
import os
import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

LATER_VERBS = {
    "-setfacl": "ACLs", "-getfacl": "ACLs", "-setfattr": "xattrs", "-getfattr": "xattrs",
    "-createSnapshot": "snapshots", "-deleteSnapshot": "snapshots", "-renameSnapshot": "snapshots",
    "-expunge": "expunge",
}
ADMIN_VERBS = {"-report", "-safemode", "-help", "-setQuota", "-clrQuota", "-setSpaceQuota", "-clrSpaceQuota",
               "-refreshNodes"}


def split_words(line):
    """Blank-separated words; '...' and "..." group, as the suite's own splitter does."""
    return [m.group(1) if m.group(1) is not None else m.group(2) if m.group(2) is not None else m.group(3)
            for m in re.finditer(r"'([^']*)'|\"([^\"]*)\"|(\S+)", line)]


def java_regex(pattern):
    """The few spellings of Java's that Python reads differently."""
    return pattern.replace(r"\p{Alnum}", "[A-Za-z0-9]").replace("\\:", ":").replace("\\/", "/")


class Suite:
    def __init__(self, options):
        self.options = options
        self.user = os.environ.get("HADOOP_USER_NAME") or subprocess.check_output(["id", "-un"], text=True).strip()

    def expand(self, text):
        text = text.replace("NAMENODE", self.options.namenode).replace("USERNAME", self.user)
        text = text.replace("CLITEST_DATA", "file:" + os.path.abspath(self.options.data)).replace("#LF#", "\n")
        return text.replace("TEST_DIR_ABSOLUTE", "/tmp/tusk-cli-suite")

    def run(self, element):
        words = [self.expand(word) for word in split_words(element.text or "")]
        base = self.options.admin if element.tag == "dfs-admin-command" else self.options.shell
        try:
            done = subprocess.run(shlex.split(base) + words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  stdin=subprocess.DEVNULL, timeout=60)
        except subprocess.TimeoutExpired:
            return -1, "TIMEOUT"
        return done.returncode, done.stdout.decode("utf-8", "replace")

    def compare(self, kind, output, expected):
        if kind == "ExactComparator":
            return output == expected or output.replace("\n", "") == expected.replace("\n", "")
        if kind == "ExactLineComparator":
            return expected in output.split("\n")
        if kind == "SubstringComparator":
            return expected in output
        if kind == "TokenComparator":
            return all(token in output for token in re.split(r"[,\n\r]", expected) if token)
        pattern = java_regex(expected)
        if kind == "RegexpComparator":
            return any(re.fullmatch(pattern, line) for line in re.split(r"[\n\r]", output))
        if kind == "RegexpAcrossOutputComparator":
            return re.search(pattern, output) is not None
        return False

    def reason_to_skip(self, commands):
        for element in commands:
            words = (element.text or "").split()
            if element.tag == "dfs-admin-command":
                verbs = [word for word in words if word.startswith("-") and word != "-fs"]
                if not verbs or verbs[0] not in ADMIN_VERBS:
                    return "dfsadmin " + (verbs[0] if verbs else "")
            elif element.tag != "command":
                return element.tag
            for word in words:
                if word in LATER_VERBS:
                    return LATER_VERBS[word]
        return None

    def test(self, test):
        commands = list(test.find("test-commands"))
        output, code = "", 0
        for element in commands:
            code, output = self.run(element)
        failed = []
        wanted_code = test.find("expected-exit-code")
        if wanted_code is not None and int(wanted_code.text) % 256 != code % 256:
            failed.append(f"exit code {code}, expected {wanted_code.text}")
        for comparator in test.iter("comparator"):
            kind, expected = comparator.find("type"), comparator.find("expected-output")
            if kind is None or expected is None:
                continue
            text = self.expand(expected.text or "")
            if not self.compare(kind.text.strip(), output, text):
                failed.append(f"{kind.text.strip()}: {text}")
        for element in list(test.find("cleanup-commands") if test.find("cleanup-commands") is not None else []):
            self.run(element)
        return failed, output


def main():
    parser = argparse.ArgumentParser()
    for name in ("suite", "data", "shell", "namenode"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--admin", default="false")
    parser.add_argument("--known")
    parser.add_argument("--only")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    suite = Suite(options)
    known = set()
    if options.known:
        with open(options.known, encoding="utf-8") as file:
            known = {line.strip() for line in file if line.strip() and not line.startswith("#")}
    counts, skipped, wrong = collections.Counter(), collections.Counter(), []
    for test in ElementTree.parse(options.suite).getroot().iter("test"):
        description = " ".join((test.find("description").text or "").split())
        if options.only and not re.search(options.only, description):
            continue
        reason = suite.reason_to_skip(list(test.find("test-commands")))
        if reason:
            skipped[reason] += 1
            continue
        failed, output = suite.test(test)
        if not failed:
            counts["passed"] += 1
            if description in known:
                wrong.append(f"passes now, take it off the list: {description}")
            continue
        counts["known failures" if description in known else "failed"] += 1
        if description not in known:
            wrong.append(description)
        if options.verbose and description not in known:
            print(f"FAILED {description}\n  " + "\n  ".join(failed) + "\n  --- output\n" + output, flush=True)
    print(f"{os.path.basename(options.suite)}: " + ", ".join(f"{n} {what}" for what, n in sorted(counts.items())) +
          f", {sum(skipped.values())} skipped (" + ", ".join(f"{n} {why}" for why, n in skipped.most_common()) + ")")
    for line in wrong:
        print("  " + line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
