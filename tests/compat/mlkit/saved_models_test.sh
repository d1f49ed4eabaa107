#!/usr/bin/env bash
# Votes and stacks of models in files, from the command line: saved_models_test.sh TUSK
set -euo pipefail
tusk=$1
unset HADOOP_CONF_DIR TUSK_CONF_DIR
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
fail() { echo "FAIL: $*" >&2; exit 1; }
accuracy() { "$tusk" ml eval -m "$1" -i test.csv --json | python3 -c 'import json,sys; print(json.loads(sys.stdin.readline())["accuracy"])'; }
bad() {
  local wanted=$1 text=$2 code=0; shift 2
  "$tusk" ml "$@" > out 2> err || code=$?
  [[ $code -eq $wanted ]] || fail "$* gave $code: $(cat err)"
  grep -qF -- "$text" err || fail "$* said: $(cat err)"
}

"$tusk" ml gen blobs --rows 3000 --classes=3 --noise=3 --seed 4 -o all.csv
sed -n 1,1000p all.csv > train.csv; sed -n 1001,2000p all.csv > held.csv; sed -n 2001,3000p all.csv > test.csv
"$tusk" ml train -a softmax -i train.csv -o soft --epochs=20 --quiet
"$tusk" ml train -a forest -i train.csv -o forest --trees=20 --quiet
"$tusk" ml train -a tree -i train.csv -o tree --max_depth=4 --quiet

# A vote is nothing to train: no data. Soft and hard are the mean of the chances and the count of the votes.
"$tusk" ml train -a voting -D models=soft,forest,tree -o mean
"$tusk" ml train -a voting --models=soft,forest,tree --mode=hard --weights=1,2,1.5 -o count -t test.csv > /dev/null
for model in soft forest tree mean count; do
  "$tusk" ml predict -m $model -i test.csv -o $model.said
  "$tusk" ml predict -m $model -i test.csv --probabilities -o $model.chances
done
python3 - <<'END'
import csv
def chances(name): return [[float(v) for v in row[1:]] for row in list(csv.reader(open(name + ".chances")))[1:]]
def said(name): return open(name + ".said").read().split()
members = ("soft", "forest", "tree")
for row, answers in enumerate(zip(chances("mean"), *map(chances, members))):
    for mean, *each in zip(*answers):
        assert abs(mean - sum(each) / 3) < 1e-5, row
for count, *each in zip(said("count"), *map(said, members)):
    votes = {}
    for vote, weight in zip(each, (1, 2, 1.5)): votes[vote] = votes.get(vote, 0) + weight
    assert votes[count] == max(votes.values())
END
"$tusk" ml inspect mean | grep -q 'voting of 3 models' || fail "inspect"
"$tusk" ml inspect count | grep -q 'forest, weight 2.0' || fail "inspect of weights"

# A stack learns from answers on rows that its members have not seen.
"$tusk" ml train -a stacking --models=soft,forest,tree -i held.csv --final=logistic --final.l2=0.01 -o stack --quiet
"$tusk" ml inspect stack | grep -q 'final: logistic' || fail "inspect of the stack"
python3 -c 'import sys; stack, best = map(float, sys.argv[1:]); sys.exit(stack < best - 0.02)' "$(accuracy stack)" "$(accuracy forest)" ||
  fail "the stack is worse than its best member: $(accuracy stack) $(accuracy forest)"

sed 's/^[0-9]*,/7,/;1,500s/^7,/8,/' train.csv > other.csv
"$tusk" ml train -a forest -i other.csv -o other --trees=2 --quiet
bad 1 "other: it has 2 classes, the first model 3" train -a voting --models=soft,other -o m
bad 1 "weights= wants one number for each model" train -a voting --models=soft,tree --weights=1 -o m
bad 1 "one of both is wanted" train -a voting --models=soft --estimators=tree -o m
bad 1 "is a setting of voting and stacking" train -a forest --models=soft -i train.csv -o m
bad 1 "none" train -a voting --models=none -o m
bad 1 "did you mean 'mode'" train -a voting --models=soft,tree --mod=hard -o m
bad 255 "the data is missing" train -a stacking --models=soft,tree -o m
echo passed
