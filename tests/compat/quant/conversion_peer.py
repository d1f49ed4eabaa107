#!/usr/bin/env python3
"""conversion_peer.py GGUF_PY FOLDER FILE.gguf: a conversion of ours read by llama.cpp's own gguf-py: every tensor has the name that gguf-py's
table gives it and the values of the safetensors, queries and keys permuted as llama.cpp's converter permutes them."""
import json
import struct
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, sys.argv[1])
import gguf  # noqa: E402


def tensors_of(folder):
    for path in sorted(folder.glob("*.safetensors")):
        data = path.read_bytes()
        size, = struct.unpack_from("<Q", data)
        for name, entry in json.loads(data[8:8 + size]).items():
            if name == "__metadata__":
                continue
            begin, end = (8 + size + at for at in entry["data_offsets"])
            raw = data[begin:end]
            if entry["dtype"] == "BF16":
                values = (np.frombuffer(raw, np.uint16).astype(np.uint32) << 16).view(np.float32)
            else:
                values = np.frombuffer(raw, np.float32)
            yield name, values.reshape(entry["shape"])


def permuted(weights, heads):
    return weights.reshape(heads, 2, weights.shape[0] // heads // 2, *weights.shape[1:]).swapaxes(1, 2).reshape(weights.shape)


folder = Path(sys.argv[2])
config = json.loads((folder / "config.json").read_text())
names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config["num_hidden_layers"])
expected, experts = {}, {}
for name, values in tensors_of(folder):
    if "q_proj" in name:
        values = permuted(values, config["num_attention_heads"])
    if "k_proj" in name:
        values = permuted(values, config["num_key_value_heads"])
    if ".experts." in name:
        layer, expert, part = name.split(".")[2], int(name.split(".")[5]), name.split(".")[6]
        experts.setdefault(f"layers.{layer}.feed_forward.experts.{part}.weight", {})[expert] = values
        continue
    expected[names.get_name(name, try_suffixes=(".weight",))] = values
for name, parts in experts.items():
    expected[names.get_name(name, try_suffixes=(".weight",))] = np.stack([parts[i] for i in sorted(parts)])
reader = gguf.GGUFReader(sys.argv[3])
found = {tensor.name: tensor for tensor in reader.tensors}
assert set(found) == set(expected), set(found) ^ set(expected)
for name, values in expected.items():
    ours = gguf.dequantize(found[name].data, found[name].tensor_type)
    assert np.array_equal(ours.reshape(values.shape), values), name
for key in ("llama.block_count", "tokenizer.ggml.tokens", "llama.attention.head_count"):
    assert key in reader.fields, key
print(f"{len(found)} tensors as gguf-py names and llama.cpp's converter permutes them")
