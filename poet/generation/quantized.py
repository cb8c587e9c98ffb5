"""Products of 8-bit matrices by ONNX Runtime, whose kernels are written for them.

A dozen candidates times the weights of a layer: NumPy's BLAS, which is made for large matrices,
puts all the weights in another order at each product. ONNX Runtime does so once, and multiplies
integers, several times as fast. Sums of integers are exact, so that all processors find the same.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from poet.checkpoint import Quantized

Floats: TypeAlias = NDArray[np.float32]
ROWS = 32  # of a matrix that are transposed at a time: the quickest of 16 to 256
HALF_RANGE = 127  # what the largest value of a row of activations becomes
ZERO = 128  # and what zero becomes, as they are unsigned


class QuantizedLinear:
    """A matrix (O, K) in 8 bits, to be multiplied by activations that are rounded to 8 bits too.

    Each row of activations has a scale of its own, so that a row's product does not depend on
    those beside it.
    """

    def __init__(self, matrix: Quantized) -> None:
        self._session = _session(_model(matrix))

    def __call__(self, x: Floats) -> Floats:
        """The product x @ matrix.T (B, O) of activations (B, K)."""
        scale = np.abs(x).max(1, keepdims=True) / np.float32(HALF_RANGE)
        scale[scale == 0] = 1
        rounded = np.rint(x / scale)
        rounded += ZERO
        (product,) = self._session.run(None, {"x": rounded.astype(np.uint8)})
        product *= scale
        result: Floats = product
        return result


def _session(model: bytes) -> Any:
    import onnxruntime

    return onnxruntime.InferenceSession(model, _options(), providers=["CPUExecutionProvider"])


@cache
def _options() -> Any:
    import onnxruntime

    onnxruntime.disable_telemetry_events()  # which its Windows wheels have
    options = onnxruntime.SessionOptions()
    # Several threads would wait for one another: here for a fraction of a millisecond of work
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors
    return options


def _model(matrix: Quantized) -> bytes:
    """An ONNX model of one node: x (B, K), unsigned around ZERO -> y (B, O).

    Written field by field (https://onnx.ai/onnx/api/classes.html has the numbers of the fields),
    because to import `onnx` takes longer than to write a poem.
    """
    outputs, inputs = matrix.values.shape
    node = _message(
        (1, "x"), (1, "w"), (1, "one"), (1, "scale"), (1, "zero"),  # inputs
        (2, "y"), (4, "MatMulIntegerToFloat"), (7, "com.microsoft"),  # output, operator, domain
    )  # fmt: skip
    graph = _message(
        (1, node),
        (2, "product"),
        (5, _tensor("w", _transposed(matrix.values))),
        (5, _tensor("one", np.ones((), np.float32))),
        (5, _tensor("scale", matrix.scale)),
        (5, _tensor("zero", np.array(ZERO, np.uint8))),
        (11, _value("x", np.dtype(np.uint8), inputs)),
        (12, _value("y", np.dtype(np.float32), outputs)),
    )
    operators = ((1, "com.microsoft"), (2, 1)), ((1, ""), (2, 17))  # domain, version
    return _message((1, 8), (7, graph), *((8, _message(*version)) for version in operators))


def _transposed(values: NDArray[np.int8]) -> NDArray[np.int8]:
    """The transpose of a matrix, in a seventh of the time that NumPy takes for all of it."""
    result = np.empty(values.shape[::-1], np.int8)
    for start in range(0, len(values), ROWS):
        rows = slice(start, start + ROWS)
        result[:, rows] = values[rows].T
    return result


# The element types of ONNX
_TYPES = {np.dtype(np.float32): 1, np.dtype(np.uint8): 2, np.dtype(np.int8): 3}


def _tensor(name: str, array: NDArray[Any]) -> bytes:
    sizes = ((1, size) for size in array.shape)
    return _message(*sizes, (2, _TYPES[array.dtype]), (8, name), (9, array.tobytes()))


def _value(name: str, dtype: np.dtype[Any], width: int) -> bytes:
    """A value of any number of rows."""
    shape = _message((1, _message((2, "B"))), (1, _message((1, width))))
    tensor_type = _message((1, _TYPES[dtype]), (2, shape))
    return _message((1, name), (2, _message((1, tensor_type))))


def _message(*fields: tuple[int, int | str | bytes]) -> bytes:
    """A message of Protocol Buffers: numbers of fields and their values.

    >>> _message((1, 300), (2, "ab")).hex(" ")
    '08 ac 02 12 02 61 62'
    """
    parts = []
    for number, value in fields:
        if isinstance(value, int):
            parts += [_varint(number << 3), _varint(value)]
        else:
            data = value.encode() if isinstance(value, str) else value
            parts += [_varint(number << 3 | 2), _varint(len(data)), data]
    return b"".join(parts)


def _varint(number: int) -> bytes:
    parts = bytearray()
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])
