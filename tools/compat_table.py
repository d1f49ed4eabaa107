#!/usr/bin/env python3
"""The README's table of what runs with which client, from the results that the compat tests leave.

    compat_table.py RESULTS_FOLDER           prints the table
    compat_table.py RESULTS_FOLDER --write   puts it into README.md, between its two markers
    compat_table.py RESULTS_FOLDER --check   fails when README.md claims what these results do not show

A result is a line `client TAB version TAB case TAB pass|fail|skip` in RESULTS_FOLDER/<test>.tsv.
"""
import collections
import pathlib
import re
import sys

BEGIN = "<!-- compat table: written by tools/compat_table.py from test results -->"
END = "<!-- end of compat table -->"
BETWEEN = " · "
HEADER = ["| client | version | runs with tusk | test |", "|---|---|---|---|"]


def read_results(folder):
    """{(client, version): {case: (outcome, test)}}, a failure winning over a pass."""
    rows = collections.defaultdict(dict)
    for path in sorted(pathlib.Path(folder).glob("*.tsv")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            fields = line.split("\t")
            if len(fields) != 4 or fields[3] not in ("pass", "fail", "skip"):
                sys.exit(f"{path}:{number}: not `client TAB version TAB case TAB pass|fail|skip`: {line!r}")
            client, version, case, outcome = fields
            if rows[client, version].get(case, ("pass",))[0] != "fail":
                rows[client, version][case] = (outcome, path.stem)
    return rows


def table(rows):
    lines = list(HEADER)
    for (client, version), cases in sorted(rows.items()):
        passed = sorted(case for case, (outcome, _) in cases.items() if outcome == "pass")
        failed = sorted(case for case, (outcome, _) in cases.items() if outcome == "fail")
        text = BETWEEN.join(passed) or "nothing"
        if failed:
            text += "; **fails**: " + BETWEEN.join(failed)
        tests = ", ".join(sorted({test for _, test in cases.values()}))
        lines.append(f"| {client} | {version} | {text} | {tests} |")
    return lines


def claims(lines):
    """{(client, case)} of a table's rows; versions and counts are what the day gives."""
    found = set()
    for line in lines[len(HEADER):]:
        cells = [cell.strip() for cell in line.split("|")]
        found |= {(cells[1], re.sub(r" \(\d+\)$", "", case)) for case in cells[3].split("; **fails**")[0].split(BETWEEN)}
    return found


def split_readme(path):
    text = path.read_text()
    if BEGIN not in text or END not in text:
        sys.exit(f"{path} lacks the markers of the table")
    before, rest = text.split(BEGIN, 1)
    inside, after = rest.split(END, 1)
    return before, inside.strip().splitlines(), after


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    rows = read_results(sys.argv[1])
    lines = table(rows)
    readme = pathlib.Path(__file__).resolve().parent.parent / "README.md"
    mode = sys.argv[2] if len(sys.argv) == 3 else ""
    if mode == "--write":
        before, _, after = split_readme(readme)
        readme.write_text(before + BEGIN + "\n" + "\n".join(lines) + "\n" + END + after)
    elif mode == "--check":
        _, claimed, _ = split_readme(readme)
        missing = sorted(claims(claimed) - claims(lines))
        if missing:
            print("README.md claims what this run did not show (tools/compat_table.py FOLDER --write after a full run):")
            print("\n".join(f"{client}: {case}" for client, case in missing))
            sys.exit(1)
    else:
        print("\n".join(lines))


if __name__ == "__main__":
    main()
