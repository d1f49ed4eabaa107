"""Writes scaled.txt: int8 and fp8 codes as numpy, ml_dtypes and onnxruntime give them; what quant/types/scaled_test.cc compares.
Run: tests/compat/peers/quant-peer tests/golden/quant/scaled.py > tests/golden/quant/scaled.txt
Ranges are found here by the plain definitions (the divergence by going through all bins of every candidate)."""
import contextlib, io, math
import ml_dtypes, numpy as np
from onnxruntime.quantization import quant_utils
from onnxruntime.quantization.calibrate import HistogramCollector

HALF, MASK = 2048, (1 << 64) - 1
F32 = np.float32


def weights(seed, count, kind):
    """splitmix64; kind: uniform, heavy (uniform to the fifth), positive, zero, denormal, huge."""
    out, state = [], seed
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        v = ((z ^ (z >> 31)) >> 40) / 16777216.0 - 0.5
        out.append({"uniform": v, "heavy": v * v * v * v * v, "positive": v + 0.5, "zero": 0.0,
                    "denormal": v * 2.0 ** -130, "huge": v * 2.0 ** 128}[kind])
    return np.array(out, dtype=np.float64).astype(F32)


LARGEST = {"int8": 127, "fp8_e4m3": 448, "fp8_e5m2": 57344}
CODES = {"fp8_e4m3": ml_dtypes.float8_e4m3fn, "fp8_e5m2": ml_dtypes.float8_e5m2}


def scale_of(kind, low, high, affine):
    if kind == "int8":
        qmin = np.array(-128 if affine else -127, dtype=np.int8)
        zero, scale = quant_utils.compute_scale_zp(F32(low), F32(high), qmin, np.array(127, dtype=np.int8), symmetric=not affine)
        return F32(scale), int(zero)
    scale = F32(max(-F32(low), F32(high))) / F32(LARGEST[kind])
    return (scale if scale >= np.finfo(F32).tiny else F32(1)), 0


def encode(kind, x, scale, zero, affine):
    with np.errstate(over="ignore"):
        steps = x.astype(F32) / scale
    if kind == "int8":
        return np.clip(np.rint(steps).astype(np.float64) + zero, -128 if affine else -127, 127).astype(np.int8).view(np.uint8)
    return np.clip(steps, -LARGEST[kind], LARGEST[kind]).astype(CODES[kind]).view(np.uint8)


def decode(kind, codes, scale, zero):
    if kind == "int8":
        return (codes.view(np.int8).astype(np.int32) - zero).astype(F32) * scale
    return codes.view(CODES[kind]).astype(F32) * scale


def histogram(x, largest):
    bins = np.minimum(HALF - 1, (np.abs(x.astype(np.float64)) * (HALF / float(largest))).astype(np.int64))
    return np.bincount(np.where(np.signbit(x), HALF - 1 - bins, HALF + bins), minlength=2 * HALF)


def divergence_bin(counts):
    folded = (counts[HALF:] + counts[:HALF][::-1]).astype(np.float64)
    best, least = HALF, math.inf
    for end in range(128, HALF + 1):
        inside = folded[:end]
        if inside.sum() == 0:
            continue
        p = inside.copy()
        p[-1] += folded[end:].sum()
        q, merged = np.zeros(end), end // 128
        for level in range(128):
            begin, stop = level * merged, (level + 1) * merged if level < 127 else end
            used = p[begin:stop] != 0
            if used.any():
                q[begin:stop][used] = inside[begin:stop].sum() / used.sum()
        used = p != 0
        if (q[used] == 0).any():
            continue
        divergence = (p[used] / p.sum() * np.log((p[used] / p.sum()) / (q[used] / q.sum()))).sum()
        if divergence < least - 1e-12:
            best, least = end, divergence
    return best


def find_range(kind, x, how, affine):
    low, high = min(F32(0), x.min()), max(F32(0), x.max())
    largest = max(-low, high)
    within = (lambda t: (max(-t, low), min(t, high))) if affine else (lambda t: (-t, t))
    if largest == 0 or how == "minmax":
        return within(largest)
    counts, width = histogram(x, largest), float(largest) / HALF
    if how == "kl":
        return within(F32(width * divergence_bin(counts)))
    if how == "mse":
        centres = ((np.arange(2 * HALF) - HALF + 0.5) * width).astype(F32)
        centres, n = centres[counts > 0], counts[counts > 0].astype(np.float64)
        whole, best, least = within(largest), None, math.inf
        for step in range(80):
            share = (100 - step) / 100.0
            ends = F32(float(whole[0]) * share), F32(float(whole[1]) * share)
            scale, zero = scale_of(kind, *ends, affine)
            error = centres.astype(np.float64) - decode(kind, encode(kind, centres, scale, zero, affine), scale, zero).astype(np.float64)
            error = (n * error * error).sum()
            if error < least * (1 - 1e-12):
                best, least = ends, error
        return best
    percentile = float(how.split(":")[1])
    if not affine:
        folded = counts[HALF:] + counts[:HALF][::-1]
        end = int(np.argmax(np.cumsum(folded) >= percentile / 100 * folded.sum())) + 1
        return within(F32(end * width))
    cut = (100 - percentile) / 200 * counts.sum()
    left = int(np.argmax(np.cumsum(counts) >= cut))
    right = 2 * HALF - 1 - int(np.argmax(np.cumsum(counts[::-1]) >= cut))
    left, right = min(left, HALF), max(right + 1, HALF)
    return max(low, F32((left - HALF) * width)), min(high, F32((right - HALF) * width))


def beside_onnxruntime(x, percentile, found):
    """Its percentile has the lower edge of the same bin of its own histogram, whose range may be one bin narrower."""
    with contextlib.redirect_stdout(io.StringIO()):
        collector = HistogramCollector("percentile", True, HALF, 128, percentile, None)
        collector.collect({"x": x})
        theirs = float(collector.compute_percentile()["x"][1])
    assert abs(theirs - float(found)) <= 2.5 * np.abs(x).max() / HALF, (theirs, found)


def case(kind, granularity, how, affine, rows, columns, seed, spread):
    x = weights(seed, rows * columns, spread).reshape(rows, columns)
    word, _, number = granularity.partition(":")
    high = {"tensor": rows, "channel": 1, "group": 1, "block": int(number or 0)}[word]
    wide = columns if word in ("tensor", "channel") else int(number)
    scales, zeros, codes = [], [], np.zeros((rows, columns), np.uint8)
    for row in range(0, rows, high):
        for column in range(0, columns, wide):
            block = x[row:row + high, column:column + wide]
            low, top = find_range(kind, block.ravel(), how, affine)
            if how.startswith("percentile") and not affine and block.size > 1000:
                beside_onnxruntime(block.ravel(), float(how.split(":")[1]), top)
            scale, zero = scale_of(kind, low, top, affine)
            scales.append(scale)
            zeros.append(zero)
            codes[row:row + high, column:column + wide] = encode(kind, block.ravel(), scale, zero, affine).reshape(block.shape)
    print("case", kind, granularity, how, "affine" if affine else "symmetric", rows, columns, seed, spread)
    print("scales", np.array(scales, "<f4").tobytes().hex())
    print("zeros", np.array(zeros, np.int8).tobytes().hex())
    print("codes", codes.tobytes().hex())


def main():
    seed = 1
    for kind in LARGEST:
        for granularity in "tensor", "channel", "group:16", "block:4":
            for spread in "uniform", "heavy":
                case(kind, granularity, "minmax", False, 5, 37, seed, spread)
                if kind == "int8":
                    case(kind, granularity, "minmax", True, 5, 37, seed, spread)
                seed += 1
        for spread in "zero", "denormal", "huge", "positive":
            case(kind, "channel", "minmax", False, 2, 19, seed, spread)
            if kind == "int8":
                case(kind, "channel", "minmax", True, 2, 19, seed, spread)
            seed += 1
        case(kind, "tensor", "percentile:99", False, 3, 700, seed, "heavy")
        case(kind, "channel", "mse", False, 2, 500, seed, "heavy")
    for affine in False, True:
        case("int8", "tensor", "kl", affine, 3, 700, 90, "heavy")
        case("int8", "tensor", "mse", affine, 2, 600, 91, "heavy")
        case("int8", "tensor", "mse", affine, 2, 600, 91, "positive")
        case("int8", "channel", "percentile:97.5", affine, 2, 600, 92, "heavy")
    case("int8", "group:128", "kl", False, 1, 384, 93, "heavy")


main()
