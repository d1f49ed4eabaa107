"""The input files of the tests: the same bytes on every machine, so that outputs can be compared with recorded ones."""
import os

PUZZLE = """8 ? ? ? ? ? ? ? ?
? ? 3 6 ? ? ? ? ?
? 7 ? ? 9 ? 2 ? ?
? 5 ? ? ? 7 ? ? ?
? ? ? ? 4 5 7 ? ?
? ? ? 1 ? ? ? 3 ?
? ? 1 ? ? ? ? 6 8
? ? 8 5 ? ? ? 1 ?
? 9 ? ? ? ? 4 ? ?
"""

MAPPER = """#!/usr/bin/env python3
import os, sys
os.environ["mapreduce_task_partition"]  # the job's settings are in the environment
for line in sys.stdin:
    for word in line.split():
        print(word.lower() + "\\t1")
    print("reporter:counter:words,lines,1", file=sys.stderr)
"""

REDUCER = """#!/usr/bin/env python3
import itertools, sys
pairs = (line.rstrip("\\n").split("\\t") for line in sys.stdin)
for word, group in itertools.groupby(pairs, key=lambda pair: pair[0]):
    print(word + "\\t" + str(sum(int(count) for _, count in group)))
"""

AGGREGATE_MAPPER = """#!/usr/bin/env python3
import sys
for line in sys.stdin:
    for word in line.split():
        print("LongValueSum:" + word[:1].lower() + "\\t1")
        print("UniqValueCount:words\\t" + word)
"""


class Numbers:
    """A small generator of its own: the library's may change between versions."""

    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        return (self.state >> 33) % limit


def write_text(path, numbers, lines):
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(letters[numbers.below(26)] for _ in range(1 + numbers.below(8))) for _ in range(500)]
    with open(path, "w", encoding="ascii") as file:
        for _ in range(lines):
            count = numbers.below(12)
            file.write(" ".join(words[min(numbers.below(500), numbers.below(500))] for _ in range(count)) + "\n")


def write(folder):
    """text/ (three files), pairs, left and right (sorted, for join), values, puzzle, scripts."""
    os.makedirs(folder + "/text", exist_ok=True)
    numbers = Numbers(17)
    for index, lines in enumerate((1500, 800, 1)):
        write_text(f"{folder}/text/text{index}", numbers, lines)
    with open(folder + "/pairs", "w", encoding="ascii") as file:
        for _ in range(400):
            file.write(f"{numbers.below(40)} {numbers.below(1000)}\n")
    for name, step in (("left", 2), ("right", 3)):
        with open(f"{folder}/{name}", "w", encoding="ascii") as file:
            for key in range(0, 600, step):
                file.write(f"key{key:04}\t{name}{key}\n")
    os.makedirs(folder + "/values", exist_ok=True)
    with open(folder + "/values/values0", "w", encoding="ascii") as file:
        for _ in range(1000):
            file.write(f"{numbers.below(10**9):09}\tvalue{numbers.below(1000)}\n")
    for name, text in (("puzzle", PUZZLE), ("mapper.py", MAPPER), ("reducer.py", REDUCER),
                       ("aggregate.py", AGGREGATE_MAPPER)):
        with open(f"{folder}/{name}", "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(f"{folder}/{name}", 0o755)
