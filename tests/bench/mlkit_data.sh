#!/usr/bin/env bash
# CSV and libsvm text to rows, MB/s on one thread; the peers are numpy.loadtxt and scikit-learn's load_svmlight_file.
set -euo pipefail
ninja -C build/release mlkit_data_bench >/dev/null
build/release/bench/mlkit_data_bench 200000
python=$(tests/compat/peers/mlkit-peer --path) || exit 0
"$python" - <<'END'
import io, random, time
import numpy, sklearn.datasets
random.seed(1)
def mb_per_second(name, text, parse):
    start = time.process_time(); parse(io.BytesIO(text)); seconds = time.process_time() - start
    print(f"{name:24s} {len(text) / 1e6:6.0f} MB   parse {len(text) / 1e6 / seconds:6.0f} MB/s")
csv = "".join("1" + "".join(",%.6f" % random.gauss(0, 1) for _ in range(28)) + "\n" for _ in range(50000)).encode()
mb_per_second("numpy.loadtxt", csv, lambda f: numpy.loadtxt(f, delimiter=",", dtype=numpy.float32))
svm = "".join("1" + "".join(" %d:%.7f" % (1 + i * 500 + random.randrange(500), random.random()) for i in range(75)) + "\n"
              for _ in range(12000)).encode()
mb_per_second("load_svmlight_file", svm, lambda f: sklearn.datasets.load_svmlight_file(f, dtype=numpy.float32))
END
