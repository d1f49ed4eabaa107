"""train_small_model.py TEXT FOLDER [STEPS]: a byte-level model of Llama's architecture, trained on TEXT with NumPy alone in some minutes, as a
Hugging Face folder (config.json, tokenizer.model, model.safetensors in bf16). The last tenth of TEXT is kept out of the training and put
into FOLDER/held_out.txt. Same text, same model (on one machine)."""
import json
import struct
import sys
import time

import numpy as np

WIDTH, INNER, LAYERS, HEADS, LENGTH, BATCH, EPS, THETA = 256, 512, 2, 4, 64, 8, 1e-5, 10000.0
SPACE = "\u2581"
# unknown, begin, end, 256 bytes, and what SentencePiece writes for a space.
VOCABULARY = 3 + 256 + 1
DEPTH = WIDTH // HEADS


def tokens_of(text):
    codes = []
    for part in (SPACE + text.replace(" ", SPACE)).split(SPACE):
        codes += [byte + 3 for byte in part.encode()] + [VOCABULARY - 1]
    return np.array(codes[:-1], np.int32)


def initial(random):
    shapes = {"model.embed_tokens": (VOCABULARY, WIDTH), "lm_head": (VOCABULARY, WIDTH)}
    for i in range(LAYERS):
        at = f"model.layers.{i}."
        for name in "qkvo":
            shapes[f"{at}self_attn.{name}_proj"] = (WIDTH, WIDTH)
        shapes |= {at + "mlp.gate_proj": (INNER, WIDTH), at + "mlp.up_proj": (INNER, WIDTH), at + "mlp.down_proj": (WIDTH, INNER)}
    weights = {name: random.normal(0, 0.04, shape).astype(np.float32) for name, shape in shapes.items()}
    for name in ["model.norm"] + [f"model.layers.{i}.{kind}_layernorm" for i in range(LAYERS) for kind in ("input", "post_attention")]:
        weights[name] = np.ones(WIDTH, np.float32)
    return weights


ANGLES = np.arange(LENGTH)[:, None] * THETA ** (-np.arange(0, DEPTH, 2) / DEPTH)[None]
COS, SIN = (np.concatenate([f(ANGLES)] * 2, axis=1).astype(np.float32) for f in (np.cos, np.sin))
MASK = np.triu(np.full((LENGTH, LENGTH), -1e9, np.float32), 1)


def turned(x, sign):  # each pair (i, i + DEPTH / 2) by its position's angle
    half = np.concatenate([-x[..., DEPTH // 2:], x[..., :DEPTH // 2]], axis=-1)
    return x * COS + sign * half * SIN


def norm(x, weight):
    scale = 1 / np.sqrt((x * x).mean(-1, keepdims=True) + EPS)
    return x * scale * weight, scale


def norm_back(d, x, scale, weight):
    inner = d * weight
    return scale * inner - x * scale ** 3 * (inner * x).mean(-1, keepdims=True), (d * x * scale).sum((0, 1))


def split(x):
    return x.reshape(BATCH, LENGTH, HEADS, DEPTH).transpose(0, 2, 1, 3)


def merged(x):
    return x.transpose(0, 2, 1, 3).reshape(BATCH, LENGTH, WIDTH)


def outer(d, x):  # the gradient of W in x @ W.T
    return d.reshape(-1, d.shape[-1]).T @ x.reshape(-1, x.shape[-1])


def loss_and_gradients(w, inputs, targets):
    kept, x = [], w["model.embed_tokens"][inputs]
    for i in range(LAYERS):
        at = f"model.layers.{i}."
        h, scale = norm(x, w[at + "input_layernorm"])
        q, k, v = (split(h @ w[f"{at}self_attn.{name}_proj"].T) for name in "qkv")
        q, k = turned(q, 1), turned(k, 1)
        p = q @ k.transpose(0, 1, 3, 2) / np.float32(np.sqrt(DEPTH)) + MASK
        p = np.exp(p - p.max(-1, keepdims=True))
        p /= p.sum(-1, keepdims=True)
        o = merged(p @ v)
        middle = x + o @ w[at + "self_attn.o_proj"].T
        h2, scale2 = norm(middle, w[at + "post_attention_layernorm"])
        gate, up = h2 @ w[at + "mlp.gate_proj"].T, h2 @ w[at + "mlp.up_proj"].T
        sigma = 1 / (1 + np.exp(-gate))
        act = gate * sigma * up
        kept.append((x, h, scale, q, k, v, p, o, middle, h2, scale2, gate, up, sigma, act))
        x = middle + act @ w[at + "mlp.down_proj"].T
    h, scale = norm(x, w["model.norm"])
    scores = h @ w["lm_head"].T
    scores -= scores.max(-1, keepdims=True)
    scores = np.exp(scores)
    scores /= scores.sum(-1, keepdims=True)
    rows = np.arange(BATCH)[:, None], np.arange(LENGTH)[None], targets
    loss = -np.log(scores[rows] + 1e-20).mean()
    g, d = {}, scores
    d[rows] -= 1
    d /= BATCH * LENGTH
    g["lm_head"] = outer(d, h)
    d, g["model.norm"] = norm_back(d @ w["lm_head"], x, scale, w["model.norm"])
    for i in reversed(range(LAYERS)):
        at = f"model.layers.{i}."
        x, h, scale, q, k, v, p, o, middle, h2, scale2, gate, up, sigma, act = kept[i]
        g[at + "mlp.down_proj"] = outer(d, act)
        d_act = d @ w[at + "mlp.down_proj"]
        d_up, d_gate = d_act * gate * sigma, d_act * up * sigma * (1 + gate * (1 - sigma))
        g[at + "mlp.gate_proj"], g[at + "mlp.up_proj"] = outer(d_gate, h2), outer(d_up, h2)
        back, g[at + "post_attention_layernorm"] = norm_back(d_gate @ w[at + "mlp.gate_proj"] + d_up @ w[at + "mlp.up_proj"], middle, scale2,
                                                             w[at + "post_attention_layernorm"])
        d = d + back
        g[at + "self_attn.o_proj"] = outer(d, o)
        d_o = split(d @ w[at + "self_attn.o_proj"])
        d_v, d_p = p.transpose(0, 1, 3, 2) @ d_o, d_o @ v.transpose(0, 1, 3, 2)
        d_s = p * (d_p - (d_p * p).sum(-1, keepdims=True)) / np.float32(np.sqrt(DEPTH))
        parts = {"q": turned(d_s @ k, -1), "k": turned(d_s.transpose(0, 1, 3, 2) @ q, -1), "v": d_v}
        d_h = 0
        for name, part in parts.items():
            part = merged(part)
            g[f"{at}self_attn.{name}_proj"] = outer(part, h)
            d_h = d_h + part @ w[f"{at}self_attn.{name}_proj"]
        back, g[at + "input_layernorm"] = norm_back(d_h, x, scale, w[at + "input_layernorm"])
        d = d + back
    g["model.embed_tokens"] = np.zeros_like(w["model.embed_tokens"])
    np.add.at(g["model.embed_tokens"], inputs.ravel(), d.reshape(-1, WIDTH))
    return loss, g


def train(text, steps):
    random, begin = np.random.default_rng(1), time.time()
    data, w = tokens_of(text), initial(random)
    first = {name: np.zeros_like(x) for name, x in w.items()}
    second = {name: np.zeros_like(x) for name, x in w.items()}
    for step in range(1, steps + 1):
        at = random.integers(0, len(data) - LENGTH, BATCH)
        targets = np.stack([data[i:i + LENGTH] for i in at])
        inputs = np.concatenate([np.full((BATCH, 1), 1, np.int32), targets[:, :-1]], axis=1)   # begins with "begin"
        loss, g = loss_and_gradients(w, inputs, targets)
        rate = 3e-3 * min(1, step / 20) * (0.05 + 0.95 * (1 + np.cos(np.pi * step / steps)) / 2)
        for name, x in g.items():
            first[name] = 0.9 * first[name] + 0.1 * x
            second[name] = 0.98 * second[name] + 0.02 * x * x
            w[name] -= np.float32(rate) * (first[name] / (1 - 0.9 ** step)) / (np.sqrt(second[name] / (1 - 0.98 ** step)) + 1e-8)
        if step % 25 == 0 or step == 1:
            print(f"step {step}: loss {loss:.3f}, {time.time() - begin:.0f} s", flush=True)
    return w


def tokenizer():
    out = b""
    for number in range(VOCABULARY):
        text = (["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)] + [SPACE])[number].encode()
        kind = 2 if number == 0 else 3 if number < 3 else 6 if number < VOCABULARY - 1 else 1
        piece = b"\x0a" + bytes([len(text)]) + text + b"\x15" + struct.pack("<f", 0) + b"\x18" + bytes([kind])
        out += b"\x0a" + bytes([len(piece)]) + piece
    return out


def save(w, folder):
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, x in sorted(w.items()):
        bits = np.ascontiguousarray(x).view(np.uint32)
        piece = ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype("<u2").tobytes()
        header[name + ".weight"] = {"dtype": "BF16", "shape": list(x.shape), "data_offsets": [len(data), len(data) + len(piece)]}
        data += piece
    text = json.dumps(header).encode()
    open(f"{folder}/model.safetensors", "wb").write(struct.pack("<Q", len(text)) + text + data)
    open(f"{folder}/tokenizer.model", "wb").write(tokenizer())
    json.dump({"architectures": ["LlamaForCausalLM"], "bos_token_id": 1, "eos_token_id": 2, "hidden_size": WIDTH, "intermediate_size": INNER,
               "max_position_embeddings": 2048, "num_attention_heads": HEADS, "num_key_value_heads": HEADS, "num_hidden_layers": LAYERS,
               "rms_norm_eps": EPS, "rope_theta": THETA, "vocab_size": VOCABULARY, "tie_word_embeddings": False}, open(f"{folder}/config.json", "w"))


if __name__ == "__main__":
    everything = open(sys.argv[1], encoding="utf-8").read()
    cut = len(everything) * 9 // 10
    open(f"{sys.argv[2]}/held_out.txt", "w", encoding="utf-8").write(everything[cut:])
    save(train(everything[:cut], int(sys.argv[3]) if len(sys.argv) > 3 else 200), sys.argv[2])
