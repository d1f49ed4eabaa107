"""minimize(): tusk's optimizers over a Python function."""
import ctypes as c
from dataclasses import dataclass

import numpy as np

from tusk_ml.library import EVALUATE, LIBRARY, Search, check, encode_settings, pointer_to

_ENCODINGS = {"real": 0, "binary": 1, "permutation": 2}


@dataclass
class Minimum:
    """x [points][dimensions] and f [points][objectives]: one point, or the front of several objectives."""

    x: np.ndarray
    f: np.ndarray
    evaluations: int


def minimize(function, low, high, optimizer="cma-es", objectives=1, encoding="real", vectorized=False, seed=1, **settings):
    """Minimizes function(x) over low <= x <= high. With `vectorized`, x is [count][dimensions] and values come for all.

    Settings are those of `tusk ml optimize`: population, generations, evaluations, target, islands, …
    """
    low, high = (np.ascontiguousarray(bound, dtype=np.float64) for bound in (low, high))
    if low.ndim != 1 or low.shape != high.shape:
        raise ValueError("low and high are lists of one number a dimension")
    failure = []

    def evaluate(x, count, f, _):
        try:
            points = np.ctypeslib.as_array(x, (count, len(low)))
            values = np.ctypeslib.as_array(f, (count, objectives))
            if vectorized:
                values[:] = np.asarray(function(points), dtype=np.float64).reshape(count, objectives)
            else:
                for i in range(count):
                    values[i] = function(points[i])
            return 0
        except BaseException as error:  # it must not cross the C frames
            failure.append(error)
            return 1

    search = Search(optimizer.encode(), encode_settings(settings), seed, len(low), objectives, pointer_to(low),
                    pointer_to(high), _ENCODINGS[encoding], EVALUATE(evaluate), None)
    capacity = 1 if objectives == 1 else 1 << 16
    x, f = np.empty((capacity, len(low))), np.empty((capacity, objectives))
    found, evaluations = c.c_size_t(), c.c_uint64()
    message = LIBRARY.tusk_ml_minimize(c.byref(search), capacity, pointer_to(x), pointer_to(f), c.byref(found),
                                       c.byref(evaluations))
    if failure:
        raise failure[0]
    check(message)
    count = min(capacity, found.value)
    return Minimum(x[:count].copy(), f[:count].copy(), evaluations.value)
