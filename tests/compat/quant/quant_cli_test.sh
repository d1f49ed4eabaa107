#!/usr/bin/env bash
# quant_cli_test.sh TUSK QUANT_SMALL_MODEL: the commands of `tusk quant` as a user types them: an interrupted and a killed run go on and
# give the same bytes; damaged inputs, other architectures, NaN weights and a full disk are errors that say what and where; a
# budget is kept; memory stays bounded.
set -euo pipefail
tusk=$1 small_model=$2
work=$(mktemp -d /tmp/tusk-quant-cli-XXXXXX)
trap 'rm -rf "$work"' EXIT
cd "$work"
failures=0
check() { if ! eval "$2"; then echo "FAILED: $1" >&2; failures=$((failures + 1)); fi; }
refuses() {  # text, command...: exit 1 and the text on standard error
  local text=$1; shift
  if "$@" >out.log 2>err.log; then echo "FAILED: should not work: $*" >&2; failures=$((failures + 1)); return; fi
  grep -qF "$text" err.log || { echo "FAILED: '$text' is not in: $(cat err.log)" >&2; failures=$((failures + 1)); }
}
"$small_model" dense dense
"$tusk" quant dense whole.gguf --type Q4_K_M --quiet
check "nothing is left beside the output" '[[ $(ls) == "dense
whole.gguf" ]]'

# On a GPU where there is one; the bytes are the same.
check "--device auto: $(cat err.log 2>/dev/null)" '"$tusk" quant dense auto.gguf --type Q4_K_M --device auto 2>err.log && grep -q "^on " err.log && cmp whole.gguf auto.gguf'
if grep -q "^on the CPU: " err.log; then
  refuses "$(sed -n "s/^on the CPU: //p" err.log)" "$tusk" quant dense cuda.gguf --type Q4_K_M --device cuda
else
  check "--device cuda" '"$tusk" quant dense cuda.gguf --type Q4_K_M --device cuda --quiet && cmp whole.gguf cuda.gguf'
fi
refuses "cpu, cuda, auto" "$tusk" quant dense cuda.gguf --type Q4_K_M --device tpu
rm -f auto.gguf cuda.gguf

# Killed again and again, it gets to the end, with the same bytes.
kills=0
for i in $(seq 200); do
  "$tusk" quant dense killed.gguf --type Q4_K_M --threads 1 --quiet & pid=$!
  sleep "0.$((RANDOM % 3))$((RANDOM % 10))"
  if kill -9 $pid 2>/dev/null; then kills=$((kills + 1)); fi
  wait $pid 2>/dev/null || true
  [[ ! -e killed.gguf ]] || break
done
[[ -e killed.gguf ]] || "$tusk" quant dense killed.gguf --type Q4_K_M --quiet
check "the same bytes after $kills kills" 'cmp whole.gguf killed.gguf'
# Ended by a signal: exit 130, and the same command goes on.
"$tusk" quant dense stopped.gguf --type Q4_K_M --threads 1 --quiet 2>err.log & pid=$!
until [[ -s stopped.gguf.partial.done || -e stopped.gguf ]]; do sleep 0.02; done
kill -TERM $pid 2>/dev/null || true
code=0; wait $pid || code=$?
check "exit code $code of an interrupted run" '[[ $code == 130 || -e stopped.gguf ]]'
[[ -e stopped.gguf ]] || "$tusk" quant dense stopped.gguf --type Q4_K_M --quiet
check "the same bytes after an interrupt" 'cmp whole.gguf stopped.gguf'
# A partial file whose bytes changed since: those units are done again.
"$tusk" quant dense damaged.gguf --type Q4_K_M --quiet && rm damaged.gguf
( "$tusk" quant dense damaged.gguf --type Q4_K_M --threads 1 --quiet & pid=$!; sleep 0.1; kill -9 $pid; wait $pid ) 2>/dev/null || true
if [[ -e damaged.gguf.partial ]]; then printf 'xxxxxxxx' | dd of=damaged.gguf.partial bs=1 seek=20000 conv=notrunc 2>/dev/null; fi
rm -f damaged.gguf; "$tusk" quant dense damaged.gguf --type Q4_K_M --quiet
check "damaged units are done again" 'cmp whole.gguf damaged.gguf'
# Other settings don't go on with it.
( "$tusk" quant dense other.gguf --type Q4_K_M --threads 1 --quiet & pid=$!; sleep 0.1; kill -9 $pid; wait $pid ) 2>/dev/null || true
"$tusk" quant dense other.gguf --type Q8_0 --quiet; "$tusk" quant dense q8.gguf --type Q8_0 --quiet
check "a partial file of another type is not gone on with" 'cmp other.gguf q8.gguf'

# What the commands say.
check "inspect" 'grep -q "blk.0.attn_q.weight .* q4_K .* 256 x 256" <<<"$("$tusk" quant inspect whole.gguf)"'
check "inspect --json" '[[ $("$tusk" quant inspect whole.gguf --json | python3 -c "import json,sys; print(len(json.load(sys.stdin)[\"tensors\"]))") == 75 ]]'
check "plan" 'grep -q "blk.0.attn_v.weight .* bf16 .*-> q6_K" <<<"$("$tusk" quant plan dense --type Q4_K_M)"'
check "compare with itself" '"$tusk" quant compare whole.gguf whole.gguf | tail -1 | grep "0.000e+00  1.000000000" >/dev/null'
check "compare with the source" '"$tusk" quant compare dense whole.gguf --json | python3 -c "import json,sys; a=json.load(sys.stdin)[\"all\"]; sys.exit(not 0.003 < a[\"nmse\"] < 0.008)"'
check "verify" 'grep -q "75 tensors, all whole" <<<"$("$tusk" quant verify whole.gguf)"'
check "bench" 'grep -q "q8_0  *8.500" <<<"$("$tusk" quant bench --types q8_0 --weights 65536)"'
check "progress as JSON" '"$tusk" quant dense j.gguf --type Q8_0 --json | tail -1 | grep "\"event\":\"done\"" >/dev/null'
check "budget" '"$tusk" quant dense b.gguf --budget 3MB 2>err.log && [[ $(stat -c %s b.gguf) -le 3000000 && $(stat -c %s b.gguf) -ge 2900000 ]] && grep -q "gap [0-9.]* %" err.log'
refuses "the budget is too small" "$tusk" quant dense b2.gguf --budget 100kB

# Refusals.
head -c 3000 whole.gguf >cut.gguf; refuses "cut.gguf" "$tusk" quant inspect cut.gguf; refuses "truncated" "$tusk" quant verify cut.gguf
refuses "is q6_K already" "$tusk" quant whole.gguf again.gguf --type Q8_0
check "requantizing when asked to" '"$tusk" quant whole.gguf again.gguf --type Q8_0 --allow-requantize --quiet'
refuses "is the input itself" "$tusk" quant q8.gguf q8.gguf --type Q8_0 --allow-requantize
refuses "needs an importance matrix" "$tusk" quant dense x.gguf --type Q2_K_S
refuses "no type 'Q9'" "$tusk" quant dense x.gguf --type Q9
refuses "no regular expression" "$tusk" quant dense x.gguf --type Q8_0 --exclude '('
cp -r dense gpt; sed -i 's/LlamaForCausalLM/GPTJForCausalLM/' gpt/config.json
refuses "architecture 'GPTJForCausalLM' is not converted here" "$tusk" quant gpt x.gguf --type Q8_0
rm gpt/config.json; check "without a config names are kept" 'grep -q "model.layers.0.self_attn.q_proj.weight .*q8_0" <<<"$("$tusk" quant gpt n.gguf --type Q8_0 --quiet && "$tusk" quant inspect n.gguf)"'
cp -r dense nan; python3 - <<'PY'
import json, struct
path = "nan/model-00001-of-00002.safetensors"
data = bytearray(open(path, "rb").read())
size, = struct.unpack_from("<Q", data); head = json.loads(data[8:8 + size])
name = "model.layers.0.mlp.gate_proj.weight" if "model.layers.0.mlp.gate_proj.weight" in head else "model.embed_tokens.weight"
begin = 8 + size + head[name]["data_offsets"][0]
struct.pack_into("<H", data, begin + 2 * (256 * 3 + 5), 0x7fc0)
open(path, "wb").write(data)
PY
refuses "row 3, column 5 is NaN" "$tusk" quant nan x.gguf --type Q4_K_M
check "NaN taken as 0 when asked to" '"$tusk" quant nan x.gguf --type Q4_K_M --allow-bad-weights --quiet'
for type in int8 fp8_e4m3 fp8_e5m2; do
  check "plan --type $type tells the size" '"$tusk" quant dense planned.safetensors --type $type --quiet && [[ $("$tusk" quant plan dense --type $type --json | python3 -c "import json, sys; print(json.load(sys.stdin)[\"bytes\"])") == $(stat -c %s planned.safetensors) ]] && rm planned.safetensors'
  refuses "row 3, column 5 is NaN" "$tusk" quant nan x.safetensors --type $type
  check "NaN taken as 0 in $type" '"$tusk" quant nan $type.safetensors --type $type --allow-bad-weights --quiet && "$tusk" quant verify $type.safetensors >/dev/null'
done
refuses "not finite" "$tusk" quant verify nan
# A disk with less room than the output wants.
if mkdir small && mount -t tmpfs -o size=1m tmpfs small 2>/dev/null; then
  refuses "no space left for" "$tusk" quant dense small/x.gguf --type Q8_0
  # Room that another takes amid the run: what is made stays, and counts when there is room again.
  mount -o remount,size=16m small
  for i in $(seq 20); do
    rm -f small/*
    "$tusk" quant dense small/x.gguf --type Q8_0 --threads 1 --quiet 2>err.log & pid=$!
    until [[ -e small/x.gguf || $(stat -c %s small/x.gguf.partial.done 2>/dev/null || echo 0) -gt 300 ]]; do sleep 0.002; done
    if kill -STOP $pid 2>/dev/null; then head -c 16M /dev/zero >small/other 2>/dev/null || true; kill -CONT $pid 2>/dev/null || true; fi
    code=0; wait $pid || code=$?
    [[ $code == 0 ]] || break
  done
  if [[ $code == 0 ]]; then  # too quick a machine; the limit of a file's size below drives the same error
    echo "not seen: a disk that fills up amid the run; it was over each time"
  else
    check "a disk that fills up amid the run: exit code $code: $(cat err.log)" '[[ $code == 1 ]] && grep -qF "no space left for" err.log && grep -qF "the same command goes on from there" err.log'
    rm small/other
    check "with room again it goes on" '"$tusk" quant dense small/x.gguf --type Q8_0 2>err.log && grep -q "going on: [1-9]" err.log && cmp q8.gguf small/x.gguf'
  fi
  umount small
fi
# The same where a file may not grow so large: an error that any disk may have.
refuses "x.gguf.partial" python3 -c 'import os, resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, 3 << 20))
os.execv(sys.argv[1], sys.argv[1:])' "$tusk" quant dense x.gguf --type Q8_0 --threads 1
check "and it goes on" '"$tusk" quant dense x.gguf --type Q8_0 2>err.log && grep -q "going on: [1-9]" err.log && cmp q8.gguf x.gguf'
rm -f x.gguf
# 64 million weights in one tensor: far more than is ever in memory.
python3 - <<'PY'
import json, os, struct
rows, columns = 16384, 4096
head = json.dumps({"w.weight": {"dtype": "BF16", "shape": [rows, columns], "data_offsets": [0, rows * columns * 2]}}).encode()
with open("big.safetensors", "wb") as f:
    f.write(struct.pack("<Q", len(head)) + head)
    block = os.urandom(1 << 20)
    block = bytes(b if i % 2 == 0 else 0x3c + (b & 0x80) for i, b in enumerate(block))
    for _ in range(rows * columns * 2 // len(block)): f.write(block)
PY
"$tusk" quant big.safetensors big.gguf --type Q8_0 --threads 2 --quiet & pid=$!
peak=0
while kill -0 $pid 2>/dev/null; do
  now=$(awk '/VmHWM/ { print $2 }' /proc/$pid/status 2>/dev/null || true)
  [[ -n $now && $now -gt $peak ]] && peak=$now
  sleep 0.02
done
wait $pid
check "peak memory of $((peak / 1024)) MiB is below 256" '[[ $peak -gt 0 && $peak -lt 262144 ]]'
# A model of 70B shapes (files of holes): planned within 512 MiB of address space; with LONG=1 its largest tensor is quantized in 2 GiB.
python3 - <<'PY'
import json, os, struct
os.mkdir("huge")
layers, width, inner, vocabulary = 80, 8192, 28672, 128256
shapes = {"model.embed_tokens": [vocabulary, width], "lm_head": [vocabulary, width], "model.norm": [width]}
for i in range(layers):
    at = f"model.layers.{i}."
    shapes |= {at + "input_layernorm": [width], at + "post_attention_layernorm": [width], at + "self_attn.q_proj": [width, width],
               at + "self_attn.k_proj": [1024, width], at + "self_attn.v_proj": [1024, width], at + "self_attn.o_proj": [width, width],
               at + "mlp.gate_proj": [inner, width], at + "mlp.up_proj": [inner, width], at + "mlp.down_proj": [width, inner]}
def write(path, names):
    at, head = 0, {}
    for name in names:
        size = 2
        for n in shapes[name]: size *= n
        head[name + ".weight"] = {"dtype": "BF16", "shape": shapes[name], "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(head).encode()
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        f.truncate(8 + len(text) + at)
names = list(shapes)
for i in range(30): write(f"huge/model-{i + 1:05}-of-00030.safetensors", names[i::30])
write("head.safetensors", ["lm_head"])
json.dump({"architectures": ["LlamaForCausalLM"], "hidden_size": width, "num_attention_heads": 64, "num_key_value_heads": 8,
           "num_hidden_layers": layers, "intermediate_size": inner, "vocab_size": vocabulary}, open("huge/config.json", "w"))
PY
huge=$(ulimit -v 524288; "$tusk" quant plan huge --type Q4_K_M --threads 1)
check "70B shapes are planned" 'grep -q "^q6_K  *81 tensors" <<<"$huge" && grep -q "4.8[0-9] bits a weight" <<<"$huge"'
if [[ -n ${LONG:-} ]]; then
  check "the largest tensor of a 70B model" '(ulimit -v 2097152; "$tusk" quant head.safetensors head.gguf --type Q4_K_M --threads 2 --quiet)'
fi
rm -rf huge head.safetensors
echo "killed $kills times, peak memory $((peak / 1024)) MiB, $failures failures"
[[ $failures == 0 ]]
