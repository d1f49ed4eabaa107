"""The functions of libtusk_ml.so (mlkit/capi/tusk_ml.h) by ctypes."""
import ctypes as c
import ctypes.util
import json
import os
from pathlib import Path

import numpy as np

STEP = c.CFUNCTYPE(c.c_int, c.c_uint64, c.c_double, c.c_void_p)
EVALUATE = c.CFUNCTYPE(c.c_int, c.POINTER(c.c_double), c.c_size_t, c.POINTER(c.c_double), c.c_void_p)


class TuskError(ValueError):
    """What the library said."""


class Rows(c.Structure):
    _fields_ = [("rows", c.c_size_t), ("columns", c.c_size_t), ("values", c.c_void_p), ("indptr", c.c_void_p),
                ("indices", c.c_void_p)]


class Training(c.Structure):
    _fields_ = [("algorithm", c.c_char_p), ("settings", c.c_char_p), ("seed", c.c_uint64), ("threads", c.c_size_t),
                ("classes", c.c_size_t), ("on_step", STEP), ("context", c.c_void_p)]


class Search(c.Structure):
    _fields_ = [("optimizer", c.c_char_p), ("settings", c.c_char_p), ("seed", c.c_uint64), ("dimensions", c.c_size_t),
                ("objectives", c.c_size_t), ("low", c.c_void_p), ("high", c.c_void_p), ("encoding", c.c_int),
                ("evaluate", EVALUATE), ("context", c.c_void_p)]


def _open():
    named = os.environ.get("TUSK_ML_LIBRARY")
    beside = Path(__file__).with_name("libtusk_ml.so")
    path = named or (str(beside) if beside.exists() else ctypes.util.find_library("tusk_ml"))
    if not path:
        raise ImportError("libtusk_ml.so is not found: set TUSK_ML_LIBRARY to its path")
    library = c.CDLL(path)
    # Functions that can fail return a message or null.
    for name, arguments in {
        "train": [c.POINTER(Training), c.POINTER(Rows), c.c_void_p, c.c_void_p, c.POINTER(c.c_void_p)],
        "partial_fit": [c.POINTER(Training), c.POINTER(Rows), c.c_void_p, c.c_void_p, c.POINTER(c.c_void_p)],
        "online_model": [c.c_void_p, c.POINTER(c.c_void_p)],
        "scores": [c.c_void_p, c.POINTER(Rows), c.c_void_p],
        "probabilities": [c.c_void_p, c.POINTER(Rows), c.c_void_p],
        "predict": [c.c_void_p, c.POINTER(Rows), c.c_void_p],
        "save": [c.c_void_p, c.POINTER(c.c_void_p), c.POINTER(c.c_size_t)],
        "load": [c.c_char_p, c.c_size_t, c.POINTER(c.c_void_p)],
        "export_xgboost": [c.c_void_p, c.POINTER(c.c_void_p)],
        "describe": [c.c_void_p],
        "algorithms": [],
        "minimize": [c.POINTER(Search), c.c_size_t, c.c_void_p, c.c_void_p, c.POINTER(c.c_size_t), c.POINTER(c.c_uint64)],
    }.items():
        function = getattr(library, "tusk_ml_" + name)
        function.argtypes, function.restype = arguments, c.c_void_p
    for name in ("outputs", "classes", "columns"):
        function = getattr(library, "tusk_ml_" + name)
        function.argtypes, function.restype = [c.c_void_p], c.c_size_t
    for name in ("free", "free_text", "free_bytes", "free_online"):
        function = getattr(library, "tusk_ml_" + name)
        function.argtypes, function.restype = [c.c_void_p], None
    return library


LIBRARY = _open()


def take_text(pointer):
    """The text behind a pointer that the library gave, which is freed."""
    if not pointer:
        return None
    text = c.string_at(pointer).decode(errors="replace")
    LIBRARY.tusk_ml_free_text(pointer)
    return text


def check(pointer):
    """Raises what a function returned, unless it is null."""
    message = take_text(pointer)
    if message is not None:
        raise TuskError(message)


def encode_settings(settings):
    lines = []
    for name, value in settings.items():
        if value is None:
            continue
        if isinstance(value, (bool, np.bool_)):
            value = "true" if value else "false"
        elif isinstance(value, (list, tuple, np.ndarray)):
            value = ",".join(str(v) for v in value)
        lines.append(f"{name}={value}")
    return "\n".join(lines).encode()


def pointer_to(array):
    return array.ctypes.data_as(c.c_void_p)


def rows_of(x):
    """(Rows, what must stay alive) of a float32 array or CSR matrix."""
    if hasattr(x, "indptr"):
        x.sort_indices()
        indptr, indices = x.indptr.astype(np.uint64), x.indices.astype(np.uint32)
        values = np.ascontiguousarray(x.data, dtype=np.float32)
        rows = Rows(x.shape[0], x.shape[1], pointer_to(values), pointer_to(indptr), pointer_to(indices))
        return rows, (indptr, indices, values)
    values = np.ascontiguousarray(x, dtype=np.float32)
    return Rows(values.shape[0], values.shape[1], pointer_to(values), None, None), (values,)


class ModelHandle:
    """A trained model of the library. Pickles as its file's bytes."""

    def __init__(self, pointer):
        self._pointer = pointer

    def __del__(self):
        if getattr(self, "_pointer", None) and LIBRARY is not None:
            LIBRARY.tusk_ml_free(self._pointer)
            self._pointer = None

    def __reduce__(self):
        return ModelHandle.from_bytes, (self.to_bytes(),)

    def __deepcopy__(self, _):
        return ModelHandle.from_bytes(self.to_bytes())

    @classmethod
    def train(cls, algorithm, settings, x, labels, weights, classes, seed, threads):
        rows, alive = rows_of(x)
        labels = np.ascontiguousarray(labels, dtype=np.float32)
        weights = None if weights is None else np.ascontiguousarray(weights, dtype=np.float32)
        training = Training(algorithm.encode(), encode_settings(settings), seed, threads, classes, STEP(), None)
        pointer = c.c_void_p()
        check(LIBRARY.tusk_ml_train(c.byref(training), c.byref(rows), pointer_to(labels),
                                    None if weights is None else pointer_to(weights), c.byref(pointer)))
        del alive
        return cls(pointer.value)

    @classmethod
    def from_bytes(cls, data):
        pointer = c.c_void_p()
        check(LIBRARY.tusk_ml_load(data, len(data), c.byref(pointer)))
        return cls(pointer.value)

    def to_bytes(self):
        data, size = c.c_void_p(), c.c_size_t()
        check(LIBRARY.tusk_ml_save(self._pointer, c.byref(data), c.byref(size)))
        copy = c.string_at(data, size.value)
        LIBRARY.tusk_ml_free_bytes(data)
        return copy

    def to_xgboost(self):
        """Boosted trees as the JSON text of an XGBoost model."""
        text = c.c_void_p()
        check(LIBRARY.tusk_ml_export_xgboost(self._pointer, c.byref(text)))
        return take_text(text.value)

    def _fill(self, function, x, width):
        rows, alive = rows_of(x)
        out = np.empty((x.shape[0], width), dtype=np.float32)
        check(function(self._pointer, c.byref(rows), pointer_to(out)))
        del alive
        return out

    def scores(self, x):
        return self._fill(LIBRARY.tusk_ml_scores, x, LIBRARY.tusk_ml_outputs(self._pointer))

    def probabilities(self, x):
        return self._fill(LIBRARY.tusk_ml_probabilities, x, self.classes)

    def predict(self, x):
        return self._fill(LIBRARY.tusk_ml_predict, x, 1)[:, 0]

    def tensors(self):
        """The model's arrays by name, read from its file (safetensors)."""
        data = self.to_bytes()
        size = int.from_bytes(data[:8], "little")
        kinds = {"F32": np.float32, "F64": np.float64, "I8": np.int8, "U8": np.uint8, "I16": np.int16, "I32": np.int32,
                 "I64": np.int64, "U32": np.uint32, "U64": np.uint64}
        arrays = {}
        for name, entry in json.loads(data[8:8 + size]).items():
            if name != "__metadata__" and entry["dtype"] in kinds:
                begin, end = (8 + size + offset for offset in entry["data_offsets"])
                arrays[name] = np.frombuffer(data[begin:end], dtype=kinds[entry["dtype"]]).reshape(entry["shape"]).copy()
        return arrays

    @property
    def classes(self):
        return LIBRARY.tusk_ml_classes(self._pointer)

    @property
    def columns(self):
        return LIBRARY.tusk_ml_columns(self._pointer)

    def describe(self):
        return take_text(LIBRARY.tusk_ml_describe(self._pointer))


class OnlineHandle:
    """A model that learns block by block. It is not pickled: what is unpickled has None in its place."""

    def __init__(self, algorithm, settings, classes, seed):
        self._training = Training(algorithm.encode(), encode_settings(settings), seed, 1, classes, STEP(), None)
        self._pointer = c.c_void_p()

    def __del__(self):
        if getattr(self, "_pointer", None) and LIBRARY is not None:
            LIBRARY.tusk_ml_free_online(self._pointer)
            self._pointer = None

    def __reduce__(self):
        return type(None), ()

    def __deepcopy__(self, _):
        return None

    def partial_fit(self, x, labels, weights):
        """The model after these rows too."""
        rows, alive = rows_of(x)
        labels = np.ascontiguousarray(labels, dtype=np.float32)
        weights = None if weights is None else np.ascontiguousarray(weights, dtype=np.float32)
        check(LIBRARY.tusk_ml_partial_fit(c.byref(self._training), c.byref(rows), pointer_to(labels),
                                          None if weights is None else pointer_to(weights), c.byref(self._pointer)))
        del alive
        pointer = c.c_void_p()
        check(LIBRARY.tusk_ml_online_model(self._pointer, c.byref(pointer)))
        return ModelHandle(pointer.value)


def algorithms():
    """Name to summary of every algorithm of the library."""
    return dict(line.split("\t", 1) for line in take_text(LIBRARY.tusk_ml_algorithms()).splitlines())
