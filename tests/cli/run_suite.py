#!/usr/bin/env python3
"""Runs Hadoop's own XML command line suites (testHDFSConf.xml, ...) with our shell against a running cluster.

  run_suite.py --data FOLDER --shell 'hdfs dfs' --admin 'hdfs dfsadmin' --namenode hdfs://127.0.0.1:9000
               [--known FILE] [--only REGEX] [--verbose] SUITE.xml ...

A case passes when every comparator accepts the merged output of its last command. Prints each case that failed, each
that is known to fail with its reason, one line per suite and a total. A known one that passes is an error too (but for
reasons that begin with "not yet"): the list only shrinks. Environment: HADOOP_CONF_DIR as for the shell.
"""
import argparse
import collections
import os
import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ElementTree


def split_words(line):
    """Blank-separated words; '...' and "..." group, as the suite's own splitter does."""
    return [m.group(1) if m.group(1) is not None else m.group(2) if m.group(2) is not None else m.group(3)
            for m in re.finditer(r"'([^']*)'|\"([^\"]*)\"|(\S+)", line)]


def java_regex(pattern):
    """The few spellings of Java's that Python reads differently."""
    return pattern.replace(r"\p{Alnum}", "[A-Za-z0-9]").replace("\\:", ":").replace("\\/", "/")


def read_known(path):
    """{(suite, description or "*"): reason} of a file of "reason: ..." lines, each followed by "  SUITE: DESCRIPTION"."""
    known, reason = {}, None
    if not path:
        return known
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith("reason: "):
                reason = line[len("reason: "):].strip()
            elif line.startswith("  "):
                suite, description = line.strip().split(": ", 1)
                known[(suite, description)] = reason
    return known


class Suite:
    def __init__(self, options):
        self.options = options
        self.user = os.environ.get("HADOOP_USER_NAME") or subprocess.check_output(["id", "-un"], text=True).strip()

    def expand(self, text):
        text = text.replace("NAMENODE", self.options.namenode).replace("USERNAME", self.user)
        text = text.replace("CLITEST_DATA", "file:" + os.path.abspath(self.options.data)).replace("#LF#", "\n")
        text = re.sub(r"^/tmp/file1$", os.path.join(os.getcwd(), "file1"), text)  # one case's local file
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
            # `.*(?!x)*` and its like, which Python refuses, hold of any text.
            return re.search(re.sub(r"(\(\?![^()]*\))\*", "", pattern), output) is not None
        return False

    def test(self, test):
        output, code = "", 0
        for element in list(test.find("test-commands")):
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


def run_file(suite, path, known, totals, wrong):
    """Runs one suite's cases; adds to the Counter `totals` and the list `wrong`."""
    options, name = suite.options, os.path.basename(path)
    counts = collections.Counter()
    for test in ElementTree.parse(path).getroot().iter("test"):
        description = " ".join((test.find("description").text or "").split())
        if options.only and not re.search(options.only, description):
            continue
        failed, output = suite.test(test)
        alone, any_of_suite = known.get((name, description)), known.get((name, "*"))
        if not failed:
            counts["passed"] += 1
            if alone and not alone.startswith("not yet"):  # those may pass from one day to the next
                wrong.append(f"passes now, take it off the list: {name}: {description}")
        elif alone or any_of_suite:
            counts["known"] += 1
            print(f"known   {name}: {description}: {alone or any_of_suite}", flush=True)
        else:
            counts["failed"] += 1
            wrong.append(f"{name}: {description}")
            print(f"FAILED  {name}: {description}", flush=True)
            if options.verbose:
                print("  " + "\n  ".join(failed) + "\n  --- output\n" + output, flush=True)
    print_counts(name, counts)
    totals.update(counts)


def print_counts(name, counts):
    print(f"{name}: {sum(counts.values())} cases: {counts['passed']} passed, {counts['failed']} failed, "
          f"{counts['known']} known", flush=True)


def main():
    parser = argparse.ArgumentParser()
    for name in ("data", "shell", "namenode"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--admin", default="false")
    parser.add_argument("--known")
    parser.add_argument("--only")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("suites", nargs="+")
    options = parser.parse_args()
    known, totals, wrong = read_known(options.known), collections.Counter(), []
    for path in options.suites:
        run_file(Suite(options), path, known, totals, wrong)
    print_counts("total", totals)
    for line in wrong:
        print("  " + line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
