"""What Hadoop's own programs have to do on a cluster: one function per case, which raises Wrong when the cluster does not
do as the real one. A case gets a Bench (below). Outputs that are the same in every run are compared with golden.tsv,
which `run_cases.py --record` wrote on a real Hadoop 3.4.2."""
import hashlib
import os
import re
import subprocess

from java_clients import LIB

EXAMPLES = "org.apache.hadoop.examples.ExampleDriver"
TESTS = "org.apache.hadoop.test.MapredTestDriver"
STREAMING = "org.apache.hadoop.streaming.HadoopStreaming"
DISTCP = "org.apache.hadoop.tools.DistCp"


class Wrong(Exception):
    """The cluster did not do as the real one."""


class Bench:
    """The cluster of a run: its clients, a folder of local files, and a folder of its DFS for each case."""

    def __init__(self, clients, tusk, conf, local, golden, other=None):
        self.lib = LIB
        self.clients, self.tusk, self.conf, self.local, self.golden, self.other = clients, tusk, conf, local, golden, other
        self.recorded = {}
        self.user = os.environ.get("USER", "root")

    def prepare(self):
        """The inputs, anew."""
        self.dfs("-rm", "-r", "-f", "-skipTrash", "/in", "/out", "/copy")
        self.dfs("-mkdir", "-p", "/in", "/out", f"/user/{self.user}")
        self.dfs("-put", *[f"{self.local}/{name}" for name in ("text", "pairs", "left", "right", "values")], "/in/")

    def java(self, name, main, *arguments, code=0, seconds=420):
        ended = self.clients.run(name, main, *arguments, seconds=seconds)
        if code is not None and ended.code != code:
            raise Wrong(f"{name} ended with {ended.code}, not {code}:\n{ended.out[-1500:]}{ended.err[-3000:]}")
        return ended

    def example(self, name, *arguments, **more):
        return self.java(name, EXAMPLES, *arguments, **more)

    def dfs(self, *arguments, code=0):
        """Bytes that our shell prints."""
        done = subprocess.run([self.tusk, "dfs", *arguments], capture_output=True, check=False, timeout=120,
                              env=dict(os.environ, HADOOP_CONF_DIR=self.conf))
        if code is not None and done.returncode != code:
            raise Wrong(f"dfs {' '.join(arguments)}: {done.stderr.decode(errors='replace')}")
        return done.stdout

    def parts(self, folder):
        """What the job wrote, part after part, after checking that it was committed."""
        names = sorted(line.decode() for line in self.dfs("-ls", "-C", folder).split())
        if f"{folder}/_SUCCESS" not in names:
            raise Wrong(f"{folder} has no _SUCCESS: {names}")
        return b"".join(name.rsplit("/", 1)[1].encode() + b"\n" + self.dfs("-cat", name)
                        for name in names if "/part-" in name)

    def same(self, case, data):
        """Compares with what the real cluster gave."""
        data = data if isinstance(data, bytes) else data.encode()
        digest = hashlib.md5(data).hexdigest()
        self.recorded[case] = digest
        if self.golden is not None and self.golden.get(case) != digest:
            raise Wrong(f"{case}: output differs from the real cluster's ({digest}, not {self.golden.get(case)}):\n"
                        f"{data[:600].decode(errors='replace')}")


def expect(what, condition, detail=""):
    if not condition:
        raise Wrong(f"{what}: {detail}")


# Hadoop's examples


def wordcount(bench):
    bench.example("wordcount", "wordcount", "-Dmapreduce.job.reduces=2", "/in/text", "/out/wordcount")
    bench.same("wordcount", bench.parts("/out/wordcount"))


def words_statistics(name, pattern):
    def case(bench):
        ended = bench.example(name, name, "/in/text", f"/out/{name}")
        found = re.search(pattern, ended.out)
        expect(f"{name} prints its result", found, ended.out)
        bench.same(name, found.group() + "\n" + bench.parts(f"/out/{name}").decode())
    return case


def aggregatewordcount(bench):
    bench.example("aggregatewordcount", "aggregatewordcount", "/in/text", "/out/awc", "1", "textinputformat")
    bench.same("aggregatewordcount", bench.parts("/out/awc"))


def aggregatewordhist(bench):
    bench.example("aggregatewordhist", "aggregatewordhist", "/in/text", "/out/awh", "1", "textinputformat")
    bench.same("aggregatewordhist", bench.parts("/out/awh"))


def grep(bench):
    bench.example("grep", "grep", "/in/text", "/out/grep", "[a-d]{3,}")
    bench.same("grep", bench.parts("/out/grep"))


def multifilewc(bench):
    bench.example("multifilewc", "multifilewc", "/in/text", "/out/multifilewc")
    bench.same("multifilewc", bench.parts("/out/multifilewc"))


def secondarysort(bench):
    bench.example("secondarysort", "secondarysort", "/in/pairs", "/out/secondarysort")
    bench.same("secondarysort", bench.parts("/out/secondarysort"))


KEY_VALUE = ["-inFormat", "org.apache.hadoop.mapreduce.lib.input.KeyValueTextInputFormat", "-outFormat",
             "org.apache.hadoop.mapreduce.lib.output.TextOutputFormat", "-outKey", "org.apache.hadoop.io.Text"]


def join(bench):
    bench.example("join", "join", *KEY_VALUE, "-joinOp", "outer", "/in/left", "/in/right", "/out/join")
    bench.same("join", bench.parts("/out/join"))


def sort(bench):
    bench.example("sort", "sort", "-r", "2", *KEY_VALUE, "-outValue", "org.apache.hadoop.io.Text", "/in/values", "/out/sort")
    bench.same("sort", bench.parts("/out/sort"))


def random_and_sort(bench):
    """randomwriter, sort of what it wrote, and Hadoop's own check of that sort."""
    bench.example("randomwriter", "randomwriter", "-Dmapreduce.randomwriter.mapsperhost=2",
                  "-Dmapreduce.randomwriter.bytespermap=100000", "/out/random")
    expect("randomwriter writes two files", len([n for n in bench.dfs("-ls", "-C", "/out/random").split()
                                                if b"part-m-" in n]) == 2)
    bench.example("sort-random", "sort", "-r", "2", "/out/random", "/out/random-sorted")
    ended = bench.java("testmapredsort", TESTS, "testmapredsort", "-m", "2", "-r", "1", "-sortInput", "/out/random",
                       "-sortOutput", "/out/random-sorted")
    expect("Hadoop's own check of the sort", "SUCCESS! Validated the MapReduce framework's 'sort'" in ended.out, ended.out)


def randomtextwriter(bench):
    bench.example("randomtextwriter", "randomtextwriter", "-Dmapreduce.randomtextwriter.mapsperhost=2",
                  "-Dmapreduce.randomtextwriter.bytespermap=50000", "-outFormat",
                  "org.apache.hadoop.mapreduce.lib.output.TextOutputFormat", "/out/randomtext")
    size = len(bench.parts("/out/randomtext"))
    expect("randomtextwriter writes what was asked", 95_000 < size < 130_000, size)


def sudoku(bench):
    ended = bench.example("sudoku", "sudoku", bench.local + "/puzzle")
    bench.same("sudoku", re.sub(r".*\n", "", ended.out, count=1))  # the first line names the file


def pentomino(bench):
    bench.example("pentomino", "pentomino", "-Dmapreduce.pentomino.class=org.apache.hadoop.examples.dancing.Pentomino",
                  "-Dmapreduce.job.maps=2", "/out/pentomino", "-depth", "2", "-width", "3", "-height", "20")
    bench.same("pentomino", bench.parts("/out/pentomino"))


def pi(bench):
    ended = bench.example("pi", "pi", "2", "10")
    expect("pi of two maps", "Estimated value of Pi is 3.80000000000000000000" in ended.out, ended.out)


def bbp(bench):
    bench.example("bbp", "bbp", "1", "20", "2", "/out/bbp")
    bench.same("bbp", bench.dfs("-cat", "/out/bbp/pi_1_20.hex", "/out/bbp/pi.txt"))


def distbbp(bench):
    """Some digits of pi from sums that jobs compute; it starts several jobs."""
    os.makedirs(bench.local + "/distbbp", exist_ok=True)
    ended = bench.example("distbbp", "distbbp", "400", "7", "1", "m", "2", "/out/distbbp", bench.local + "/distbbp",
                          seconds=900)
    found = re.search(r"^[0-9A-F ]+ \(\d+ hex digits\)", ended.out, re.M)
    expect("distbbp prints digits", found, ended.out[-2000:])
    bench.same("distbbp", found.group())


def terasort(bench):
    bench.example("teragen", "teragen", "-Dmapreduce.job.maps=2", "2000", "/out/teragen")
    bench.same("teragen", bench.parts("/out/teragen"))
    bench.example("terasort", "terasort", "-Dmapreduce.job.reduces=2", "/out/teragen", "/out/terasort")
    data = bench.dfs("-cat", "/out/terasort/part-r-00000", "/out/terasort/part-r-00001")
    bench.same("terasort", data)
    bench.example("teravalidate", "teravalidate", "/out/terasort", "/out/teravalidate")
    bench.same("teravalidate", bench.parts("/out/teravalidate"))


# The tests jar of the job client


def sleep(bench):
    bench.java("sleep", TESTS, "sleep", "-m", "2", "-r", "1", "-mt", "100", "-rt", "100")


def test_dfsio(bench):
    results = bench.local + "/dfsio"
    for verb, more in (("write", ["-nrFiles", "2", "-size", "1MB"]), ("append", ["-nrFiles", "2", "-size", "1MB"]),
                       ("read", ["-nrFiles", "2", "-size", "1MB"]), ("truncate", ["-nrFiles", "2", "-size", "1MB"])):
        bench.java(f"dfsio-{verb}", TESTS, "TestDFSIO", f"-{verb}", *more, "-resFile", f"{results}-{verb}")
        with open(f"{results}-{verb}", encoding="utf-8") as file:
            text = file.read()
        expect(f"TestDFSIO -{verb} counts two files and 2 MB", re.search(r"Number of files: 2\b", text)
               and re.search(r"Total MBytes processed: [23]\b", text), text)
    expect("truncated to the size asked for",
           bench.dfs("-ls", "/benchmarks/TestDFSIO/io_data").count(b" 1048576 ") == 2,
           bench.dfs("-ls", "/benchmarks/TestDFSIO/io_data"))
    bench.java("dfsio-clean", TESTS, "TestDFSIO", "-clean")
    expect("TestDFSIO -clean", b"TestDFSIO" not in bench.dfs("-ls", "/benchmarks"))


def mrbench(bench):
    ended = bench.java("mrbench", TESTS, "mrbench", "-numRuns", "1", "-maps", "2", "-reduces", "1", "-inputLines", "10")
    expect("mrbench prints its table", re.search(r"^10\t\t2\t1\t\d+", ended.out, re.M), ended.out)


# Streaming


def streaming(bench):
    local = bench.local
    ended = bench.java("streaming", STREAMING, "-D", "mapreduce.job.reduces=2", "-files",
                       f"{local}/mapper.py,{local}/reducer.py", "-mapper", "mapper.py", "-combiner", "reducer.py",
                       "-reducer", "reducer.py", "-input", "/in/text", "-output", "/out/streaming")
    bench.same("streaming", bench.parts("/out/streaming"))
    expect("a counter from a script's reporter line", re.search(r"words\s+lines=2301", ended.err), ended.err[-3000:])


def streaming_file(bench):
    """-file ships a script inside the job's jar; key fields, a partitioner and cmdenv of streaming's own."""
    local = bench.local
    bench.java("streaming-file", STREAMING, "-D", "stream.num.map.output.key.fields=2",
               "-D", "mapreduce.partition.keypartitioner.options=-k1,1", "-D", "mapreduce.job.reduces=2",
               "-D", "stream.map.output.field.separator= ", "-file", f"{local}/reducer.py",
               "-mapper", "cat", "-reducer", "sh -c 'cat; echo $GREETING'", "-cmdenv", "GREETING=hello",
               "-partitioner", "org.apache.hadoop.mapred.lib.KeyFieldBasedPartitioner",
               "-input", "/in/pairs", "-output", "/out/streaming-file")
    bench.same("streaming-file", bench.parts("/out/streaming-file"))


def streaming_aggregate(bench):
    bench.java("streaming-aggregate", STREAMING, "-files", f"{bench.local}/aggregate.py", "-mapper", "aggregate.py",
               "-reducer", "aggregate", "-input", "/in/text", "-output", "/out/streaming-aggregate")
    bench.same("streaming-aggregate", bench.parts("/out/streaming-aggregate"))


def streaming_failure(bench):
    ended = bench.java("streaming-failure", STREAMING, "-D", "mapreduce.map.maxattempts=2", "-mapper", "sh -c 'exit 3'",
                       "-input", "/in/pairs", "-output", "/out/streaming-failure", code=1)
    expect("the job client says why", "subprocess failed with code 3" in ended.err, ended.err[-3000:])


# DistCp


def listing(bench, folder):
    """Names, sizes and modes below a folder."""
    lines = bench.dfs("-ls", "-R", folder).decode().splitlines()
    rows = [line.split(None, 7) for line in lines if not line.startswith("Found")]
    return sorted((row[7].replace(folder, "", 1), row[4], row[0]) for row in rows)


def distcp(bench):
    bench.dfs("-mkdir", "-p", "/copy/from/sub")
    bench.dfs("-cp", "/in/text", "/in/pairs", "/copy/from/sub/")
    bench.dfs("-touchz", "/copy/from/empty")
    bench.java("distcp", DISTCP, "/copy/from", "/copy/to")
    expect("distcp copies the tree", listing(bench, "/copy/from") == listing(bench, "/copy/to"), listing(bench, "/copy/to"))
    bench.dfs("-rm", "/copy/to/sub/pairs")
    bench.dfs("-chmod", "640", "/copy/from/sub/text/text0")
    bench.dfs("-chmod", "750", "/copy/from/sub/text")
    ended = bench.java("distcp-update", DISTCP, "-update", "-p", "/copy/from", "/copy/to")
    expect("-update copies what is missing", re.search(r"Files Copied=\d+", ended.err)
           and "Files Skipped=4" in ended.err, ended.err[-2500:])
    expect("-p keeps modes", listing(bench, "/copy/from") == listing(bench, "/copy/to"), listing(bench, "/copy/to"))
    expect("-p keeps times", bench.dfs("-stat", "%Y", "/copy/from/sub/text/text0")
           == bench.dfs("-stat", "%Y", "/copy/to/sub/text/text0"))
    bench.dfs("-rm", "/copy/from/empty")
    bench.java("distcp-delete", DISTCP, "-update", "-delete", "-append", "/copy/from", "/copy/to")
    expect("-delete takes away", listing(bench, "/copy/from") == listing(bench, "/copy/to"), listing(bench, "/copy/to"))


def distcp_hadoop(bench):
    """From a real HDFS to this one and back."""
    other = bench.other
    bench.dfs("-rm", "-r", "-f", "-skipTrash", f"{other}/from-hadoop", f"{other}/from-us")
    bench.dfs("-mkdir", "-p", f"{other}/from-hadoop")
    bench.dfs("-put", f"{bench.local}/text", f"{other}/from-hadoop/")
    bench.java("distcp-in", DISTCP, "-pb", f"{other}/from-hadoop", "/copy/in")
    expect("from Hadoop to us", bench.dfs("-cat", "/copy/in/text/text0") == bench.dfs("-cat", "/in/text/text0"))
    bench.java("distcp-out", DISTCP, "-update", "/in/text", f"{other}/from-us")
    expect("from us to Hadoop", bench.dfs("-cat", f"{other}/from-us/text1") == bench.dfs("-cat", "/in/text/text1"))
    again = bench.java("distcp-again", DISTCP, "-update", "/in/text", f"{other}/from-us")
    expect("checksums of both agree", "Files Skipped=3" in again.err, again.err[-2500:])


# YARN


def distributed_shell(bench):
    jar = next(f"{bench.lib}/{name}" for name in sorted(os.listdir(bench.lib))
               if re.fullmatch(r"hadoop-yarn-applications-distributedshell-[\d.]+jar", name))
    bench.java("distributed-shell", "org.apache.hadoop.yarn.applications.distributedshell.Client", "-jar", jar,
               "-shell_command", f"touch {bench.local}/shell-$CONTAINER_ID", "-num_containers", "2",
               "-master_memory", "512", "-master_resources", "memory-mb=512", "-container_memory", "256",
               "-container_resources", "memory-mb=256")
    ran = [name for name in os.listdir(bench.local) if name.startswith("shell-container_")]
    expect("the command ran in two containers", len(ran) == 2, ran)


CASES = {
    "distributed shell": distributed_shell,
    "wordcount": wordcount,
    "wordmean": words_statistics("wordmean", r"The mean is: .*"),
    "wordmedian": words_statistics("wordmedian", r"The median is: .*"),
    "wordstandarddeviation": words_statistics("wordstandarddeviation", r"The standard deviation is: .*"),
    "aggregatewordcount": aggregatewordcount,
    "aggregatewordhist": aggregatewordhist,
    "grep": grep,
    "multifilewc": multifilewc,
    "secondarysort": secondarysort,
    "join": join,
    "sort": sort,
    "randomwriter, sort, testmapredsort": random_and_sort,
    "randomtextwriter": randomtextwriter,
    "sudoku": sudoku,
    "pentomino": pentomino,
    "pi": pi,
    "bbp": bbp,
    "distbbp": distbbp,
    "teragen, terasort, teravalidate": terasort,
    "sleep": sleep,
    "TestDFSIO -write -append -read -truncate -clean": test_dfsio,
    "mrbench": mrbench,
    "streaming -files": streaming,
    "streaming -file, key fields": streaming_file,
    "streaming aggregate": streaming_aggregate,
    "streaming, a failing mapper": streaming_failure,
    "distcp, -update -p, -delete": distcp,
    "distcp with a real HDFS": distcp_hadoop,
}
