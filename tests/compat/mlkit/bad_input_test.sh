#!/usr/bin/env bash
# What `tusk ml` answers to bad data, models and checkpoints: a clear error with file and row, or a treatment: bad_input_test.sh TUSK
set -euo pipefail
tusk=$1
unset HADOOP_CONF_DIR TUSK_CONF_DIR
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
fail() { echo "FAIL: $*" >&2; exit 1; }
bad() {
  local wanted=$1 text=$2 code=0; shift 2
  "$tusk" ml "$@" > out 2> err || code=$?
  [[ $code -eq $wanted ]] || fail "$* gave $code: $(cat err)"
  grep -qF -- "$text" err || fail "$* said: $(cat err)"
}
good() { "$tusk" ml "$@" > out 2> err || fail "$*: $(cat err)"; }

# Rows.
printf 'label,a,b\n0,1,2\n1,4,3\n1,3,2\n0,2,1\n' > good.csv
printf 'label,a,b\n0,1,2\n1,3,inf\n' > inf.csv
printf 'label,a,b\n0,1,2\n1,nan,3\n1,3,4\n0,,1\n' > missing.csv
printf 'label,a,b\n0,1,2\n1,3\n' > ragged.csv
printf 'label,a,b\n0,1,2\n0,3,4\n' > one.csv
printf 'label,a,b\n0,1,2\n1,4,3\n2,3,2\n' > three.csv
printf 'label,a\n0,1\nnan,2\n' > no_label.csv
printf '0 1:1 2:2\n1 2:nan\n' > nan.svm
printf '0 1:1 2:2\n1 3:4 3:5\n' > order.svm
for algorithm in logistic softmax svm mlp gbdt forest adaboost; do
  bad 1 "inf.csv: line 3: column 'b': 'inf' is not a finite number" train -a $algorithm -i inf.csv -o m
  bad 1 "ragged.csv: line 3: 2 fields instead of 3" train -a $algorithm -i ragged.csv -o m
  bad 1 "one.csv: all labels are '0'; a classification needs two classes at least" train -a $algorithm -i one.csv -o m
done
bad 1 "nan.svm: line 2: '2:nan': the value is not a finite number" train -a logistic -i nan.svm -o m
bad 1 "order.svm: line 2: index 3 is not larger than the one before it" train -a gbdt -i order.svm -o m
bad 1 "no_label.csv: line 3: column 'label': the label 'nan' is not a finite number" train -a linear -i no_label.csv -o m
bad 1 "no_label.csv: line 3: column 'label': the label is missing" train -a softmax -i no_label.csv -o m
# NaN is a missing value: trees take it, others say where it is.
for algorithm in logistic mlp; do bad 1 "missing.csv: row 1, column 0: NaN" train -a $algorithm -i missing.csv -o m; done
for algorithm in gbdt forest; do good train -a $algorithm -i missing.csv -o m; done
# A label that training did not know.
good train -a logistic -i good.csv -o model
bad 1 "three.csv: line 4: column 'label': the label '2' is none of the classes" eval -m model -i three.csv
# Files without rows are empty shards; data without rows is an error.
mkdir parts; cp good.csv parts/0.csv; : > parts/1.csv; printf 'label,a,b\n' > parts/2.csv; cp good.csv parts/3.csv
for algorithm in linear logistic softmax svm mlp gbdt forest bagging adaboost voting stacking; do
  more=(); [[ $algorithm != voting && $algorithm != stacking ]] || more=(--estimators=logistic,tree)
  good train -a $algorithm "${more[@]}" -i parts -o m --shard-bytes 10
done
# One model a shard: a shard of one class has none.
bad 1 "shard 1: the labels of all rows (of weight > 0) are of one class" train -a average -i parts -o m --shard-bytes 10
: > empty.csv
bad 1 "empty.csv: the file is empty" train -a logistic -i empty.csv -o m
bad 1 "2.csv: there are no rows" train -a logistic -i parts/2.csv -o m
# More threads than rows.
good train -a logistic -i good.csv -o many --threads 16
cmp model many || fail "other bits with more threads than rows"

# Models and checkpoints.
head -c $(($(stat -c %s model) - 8)) model > cut
bad 1 "cut: truncated" eval -m cut -i good.csv
python3 - <<'END'
import json, struct
data = open("model", "rb").read()
size = struct.unpack("<Q", data[:8])[0]
head = json.loads(data[8:8 + size])
head["__metadata__"]["version"] = "99"
text = json.dumps(head).encode()
text += b" " * (-len(text) % 8)
open("newer", "wb").write(struct.pack("<Q", len(text)) + text + data[8 + size:])
END
for verb in eval predict; do bad 1 "newer: the model is of version 99, this tusk reads up to 1" $verb -m newer -i good.csv; done
bad 1 "newer: the model is of version 99, this tusk reads up to 1" inspect newer
bad 1 "newer: the model is of version 99" train -a voting --models=model,newer -o m
bad 1 "good.csv: " inspect good.csv
good gen blobs --rows 2000 -o blobs.csv
good train -a mlp -i blobs.csv -o m --epochs=3 --checkpoint-dir ck --checkpoint-every 5
for file in ck/*; do head -c 1000 "$file" > cut; cp cut "$file"; done
bad 1 "no checkpoint can be read: ck/checkpoint-" train -a mlp -i blobs.csv -o m --epochs=3 --checkpoint-dir ck --resume
grep -q "truncated" err || fail "a truncated checkpoint: $(cat err)"
bad 255 "m.json: .json is XGBoost's format, which gbdt alone has" train -a forest -i good.csv -o m.json
echo passed
