#!/usr/bin/env bash
# `tusk ml optimize` by hand: results, interruption and resumption, errors. optimize_cli_test.sh TUSK
set -euo pipefail
tusk=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
fail() { echo "optimize_cli_test: $*" >&2; exit 1; }

run() { "$tusk" ml optimize -a island-de -f rastrigin --dimensions=20 --generations=4000 --seed 3 --quiet "$@"; }
run -o whole --threads 1 >whole.txt
run -o threads --threads 2 >/dev/null
cmp whole threads || fail "two threads give another result"
"$tusk" ml inspect whole | grep -q '^best of rastrigin after 1600000 evaluations' || fail "inspect does not say what it is"

# A program that can be stopped in the middle: it answers slowly once there is the file `slow`.
cat >fitness <<'P'
#!/usr/bin/env python3
import os, signal, sys
count = 0
for line in sys.stdin:
    count += 1
    if count == 300 and os.path.exists("stop"):
        os.kill(os.getppid(), signal.SIGINT)
    print(sum((float(v) - 0.25) ** 2 for v in line.split()), flush=True)
P
chmod +x fitness
program() { "$tusk" ml optimize -a pso -f ./fitness --dimensions=4 --generations=60 --threads 1 --quiet -o result "$@"; }
program >straight.txt
cp result straight
touch stop
if program --checkpoint-dir points >/dev/null 2>said; then fail "an interrupted run ended well"; else code=$?; fi
[[ $code == 130 ]] || fail "exit code $code after Ctrl-C"
grep -q '^checkpoint: points/' said || fail "the last checkpoint is not named: $(cat said)"
rm stop
if program --checkpoint-dir points >/dev/null 2>said; then fail "another run began in a folder with checkpoints"; fi
grep -q 'points holds checkpoints of an earlier run' said || fail "$(cat said)"
program --checkpoint-dir points --resume >/dev/null
cmp result straight || fail "a resumed run gives another result"
[[ -n $(ls points) ]] || fail "the user's folder of checkpoints was removed"
# The default folder, beside the result, goes when the result is there.
program --checkpoint-every 10 >/dev/null
[[ ! -e result.checkpoints ]] || fail "the default folder of checkpoints is left over"
touch stop
if program >/dev/null 2>said; then fail "an interrupted run ended well"; fi
rm stop
[[ -n $(ls result.checkpoints) ]] || fail "Ctrl-C wrote no checkpoint"
if program >/dev/null 2>said; then fail "another run began in the default folder with checkpoints"; fi
program --resume >/dev/null
cmp result straight || fail "a resumed run gives another result"
[[ ! -e result.checkpoints ]] || fail "the default folder is left over after a resumed run"

"$tusk" ml optimize -a de -f ./fitness 2>said && fail "no dimensions, and yet it ran"
grep -q 'dimensions N is needed' said || fail "$(cat said)"
"$tusk" ml optimize -a de -f ./absent --dimensions=2 2>said && fail "an absent program ran"
grep -q 'Cannot run program' said || fail "$(cat said)"
code=0; "$tusk" ml optimize -f sphere 2>said || code=$?
[[ $code == 255 ]] || fail "bad words end with $code"
"$tusk" ml optimize -a ga -f sphere --json --generations=3 | tail -1 | python3 -c '
import json, sys
result = json.loads(sys.stdin.read())
assert result["event"] == "result" and len(result["best"]) == 1 and len(result["best"][0]["x"]) == 30, result'
echo "optimize_cli_test: all well"
