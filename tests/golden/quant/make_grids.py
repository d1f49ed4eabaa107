#!/usr/bin/env python3
"""Writes quant/lanes/grid_tables.h: the grids of IQ1, IQ2 and IQ3, which are facts of the format, as the reference decoder shows them.

    make_grids.py LIBGGML-BASE.so > quant/lanes/grid_tables.h

Each entry is found by decoding a block that names it (scale 1, all signs positive), so the table is what any decoder must have.
"""
import ctypes
import struct
import sys

lib = ctypes.CDLL(sys.argv[1])
HALF_ONE = struct.pack("<e", 1.0)


def decode(function, block):
    out = (ctypes.c_float * 256)()
    getattr(lib, function)(ctypes.c_char_p(bytes(block)), out, ctypes.c_int64(256))
    return list(out)


def packed(values, levels):
    bits = (len(levels) - 1).bit_length()
    return sum(levels.index(v) << (bits * i) for i, v in enumerate(values))


def rounded(values):
    whole = [round(v) for v in values]
    assert all(abs(v - w) < 1e-3 for v, w in zip(values, whole)), values
    return whole


IQ2, IQ3XXS, IQ3S, IQ1 = [8, 25, 43], [4, 12, 20, 28, 36, 44, 52, 62], [1, 3, 5, 7, 9, 11, 13, 15], [-1, 0, 1]


def iq2_xxs(i):
    return rounded(v * 8 for v in decode("dequantize_row_iq2_xxs", HALF_ONE + bytes([i, 0, 0, 0]) + bytes(60))[:8])


def iq2_xs(i):
    return rounded(v * 8 for v in decode("dequantize_row_iq2_xs", HALF_ONE + struct.pack("<H", i) + bytes(70))[:8])


def iq2_s(i):
    block = HALF_ONE + bytes([i & 255]) + bytes(63) + bytes([i >> 8]) + bytes(15)
    return rounded(v * 8 for v in decode("dequantize_row_iq2_s", block)[:8])


def iq3_xxs(i):
    return rounded(v * 4 for v in decode("dequantize_row_iq3_xxs", HALF_ONE + bytes([i]) + bytes(95))[:4])


def iq3_s(i):
    return rounded(decode("dequantize_row_iq3_s", HALF_ONE + bytes([i & 255]) + bytes(63) + bytes([i >> 8]) + bytes(43))[:4])


def iq1(i):
    values = decode("dequantize_row_iq1_s", HALF_ONE + bytes([i & 255]) + bytes(31) + struct.pack("<H", i >> 8) + bytes(14))[:8]
    return rounded(v - 0.125 for v in values)


TABLES = [("kIq2Xxs", 256, iq2_xxs, IQ2, "8 levels of 8, 25, 43"), ("kIq2Xs", 512, iq2_xs, IQ2, "8 levels of 8, 25, 43"),
          ("kIq2S", 1024, iq2_s, IQ2, "8 levels of 8, 25, 43"), ("kIq3Xxs", 256, iq3_xxs, IQ3XXS, "4 levels of 4, 12, 20, 28, 36, 44, 52, 62"),
          ("kIq3S", 512, iq3_s, IQ3S, "4 levels of 1, 3, 5, 7, 9, 11, 13, 15"), ("kIq1", 2048, iq1, IQ1, "8 levels of -1, 0, 1")]

print("// The grids of IQ1, IQ2 and IQ3, as the format has them: written by tests/golden/quant/make_grids.py from the reference decoder.")
print("// An entry holds the numbers of its levels, the first one lowest: two bits each where there are three levels, else three.")
print("#pragma once\n\n#include <cstdint>\n\nnamespace tusk::quant::grids {\n")
for name, count, entry, levels, what in TABLES:
    numbers = [packed(entry(i), levels) for i in range(count)]
    print(f"// {what}\ninline constexpr uint16_t {name}[{count}] = {{")
    for i in range(0, count, 16):
        print("    " + ", ".join(str(n) for n in numbers[i:i + 16]) + ",")
    print("};\n")
print("}  // namespace tusk::quant::grids")
