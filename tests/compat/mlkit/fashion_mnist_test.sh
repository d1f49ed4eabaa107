#!/usr/bin/env bash
# `tusk ml` on Fashion-MNIST (Debian's dataset-fashion-mnist): fashion_mnist_test.sh TUSK. Accuracy, equal bits for any number
# of threads and after Ctrl-C, predictions, and what bad input answers.
set -euo pipefail
tusk=$1
data=/usr/share/datasets/fashion-mnist
[[ -d $data ]] || exit 77
unset HADOOP_CONF_DIR TUSK_CONF_DIR
train=$data/train-images-idx3-ubyte.gz test=$data/t10k-images-idx3-ubyte.gz
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"

fail() { echo "FAIL: $*" >&2; exit 1; }
field() { python3 -c 'import json,sys
for line in sys.stdin:
    event = json.loads(line)
    if event["event"] == sys.argv[1]: print(event[sys.argv[2]])' "$1" "$2"; }
# at_least NAME VALUE BOUND
at_least() { python3 -c 'import sys; sys.exit(float(sys.argv[1]) < float(sys.argv[2]))' "$2" "$3" || fail "$1: $2 is less than $3"; }

softmax=(ml train -a softmax -i "$train" --optimizer=adam --batch=512 --epochs=30 --tolerance=0 --checkpoint-every 200 --json)
"$tusk" "${softmax[@]}" --threads 2 -o softmax -t "$test" > softmax.json
accuracy=$(field test accuracy < softmax.json)
at_least "softmax" "$accuracy" 0.84
[[ ! -e softmax.checkpoints ]] || fail "checkpoints of a training that has ended"

# Ctrl-C in the middle, then --resume: the same bytes, also with another number of threads.
coproc TRAIN { exec "$tusk" "${softmax[@]}" --threads 1 -o again; }
pid=$TRAIN_PID
while read -r line <&"${TRAIN[0]}"; do
  case $line in *'"step":'*) [[ $line =~ \"step\":([0-9]+) ]] && (( BASH_REMATCH[1] >= 300 )) && break ;; esac
done
kill -INT "$pid"
cat <&"${TRAIN[0]}" > /dev/null || true
code=0; wait "$pid" || code=$?
[[ $code -eq 130 ]] || fail "Ctrl-C gave $code"
[[ ! -e again ]] || fail "a model in spite of Ctrl-C"
ls again.checkpoints/checkpoint-*.safetensors > /dev/null || fail "Ctrl-C left no checkpoint"
"$tusk" "${softmax[@]}" --threads 1 -o again --resume > again.json
grep -q '"event":"resume"' again.json || fail "not resumed: $(head -1 again.json)"
cmp softmax again || fail "other bits after Ctrl-C and --resume"
code=0; "$tusk" "${softmax[@]}" -o other --checkpoint-dir "$work/none" --resume --seed 2 > other.json || code=$?
[[ $code -eq 0 ]] && ! cmp -s softmax other || fail "another seed gives the same bits"

"$tusk" ml train -a gbdt -i "$train" -o gbdt -t "$test" --trees=8 --leaves=31 --learning_rate=0.3 --json > gbdt.json
at_least "gbdt" "$(field test accuracy < gbdt.json)" 0.84

# predict says what eval counted.
"$tusk" ml predict -m softmax -i "$test" -o said
[[ $("$tusk" ml eval -m softmax -i "$test" --json | field eval accuracy) == "$accuracy" ]] || fail "eval"
python3 - "$accuracy" "$data/t10k-labels-idx1-ubyte.gz" <<'END'
import gzip, sys
labels = gzip.open(sys.argv[2]).read()[8:]
said = [int(line) for line in open("said")]
assert len(said) == len(labels) == 10000
assert abs(sum(a == b for a, b in zip(said, labels)) / 10000 - float(sys.argv[1])) < 1e-9
END
"$tusk" ml predict -m gbdt -i "$test" --probabilities > chances
[[ $(head -1 chances) == "prediction,0,1,2,3,4,5,6,7,8,9" && $(wc -l < chances) -eq 10001 ]] || fail "probabilities"
"$tusk" ml inspect softmax > inspected
grep -q '784 x 10' inspected || fail "inspect"

# int8: a quarter of the bytes, the accuracy lost is told and small; inspect, eval and predict read it.
"$tusk" ml train -a mlp -i "$train" -t "$test" -o net8 --quantize int8 --hidden=64 --epochs=2 --batch=256 --optimizer=adam --learning_rate=0.002 \
  --threads 2 --json > net8.json
before=$(field quantized accuracy_before < net8.json) after=$(field quantized accuracy_after < net8.json)
at_least "int8 perceptron" "$after" 0.80
at_least "int8 beside float" "$after" "$(python3 -c "print($before - 0.005)")"
[[ $(field test accuracy < net8.json) == "$after" ]] || fail "the saved model is not the one that was measured"
[[ $("$tusk" ml eval -m net8 -i "$test" --json | field eval accuracy) == "$after" ]] || fail "eval of the int8 model"
[[ $(stat -c %s net8) -lt $((784 * 64 * 5 / 4)) ]] || fail "the int8 model has $(stat -c %s net8) bytes"
"$tusk" ml inspect net8 | grep -q 'mlp, int8: 784 - 64 - 10' || fail "inspect of the int8 model"

# Bad input: exit code and the place.
bad() {
  local wanted=$1 text=$2 code=0; shift 2
  "$tusk" ml "$@" > out 2> err || code=$?
  [[ $code -eq $wanted ]] || fail "$* gave $code: $(cat err)"
  grep -qF -- "$text" err || fail "$* said: $(cat err)"
}
printf '1,2\n0,x\n' > bad.csv
head -c 100000 "$train" > cut-images-idx3-ubyte.gz
head -c 1000 softmax > cut_model
bad 1 "bad.csv: line 2: column 1: 'x' is not a finite number" train -a logistic -i bad.csv -o m
bad 1 "truncated gzip file" train -a softmax -i cut-images-idx3-ubyte.gz -o m
bad 1 "cut_model: truncated" eval -m cut_model -i "$test"
bad 1 "rows of 2 fields; the model has 784 features" eval -m softmax -i bad.csv
bad 1 "did you mean 'epochs'?" train -a softmax -i "$train" -o m --epoch=3
bad 255 "no algorithm 'soft'" train -a soft -i "$train" -o m
bad 255 "have no weights to make int8" train -a gbdt -i "$train" -o m --quantize int8
bad 255 "--quantize int8, not int3" train -a mlp -i "$train" -o m --quantize int3
bad 255 "the model is missing" predict -i "$test"

echo passed
