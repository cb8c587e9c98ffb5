"""poet's numpy engine beside ONNX Runtime on the shipped model: start-up, and a step of the LSTM.

The same LSTM as an ONNX graph (its own LSTM operator, nothing of ours), in fp32 and with its
products in int8 (dynamic quantization, channel by channel). Whole processes in turn, one thread
each: open the model and read as many characters as a 七絕 has for as many candidates as a poem has
by default, the logits of all characters after each; then the milliseconds of a step of batches.
Needs `pip install onnx onnxruntime`, which poet itself does not.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from poet.checkpoint import Checkpoint
from poet.generation.engine import LSTMState, NumpyLSTM
from poet.generation.request import PARTICLES

from .common import ROOT, environment, launch, record, results_option, show
from .writing_speed import in_turn, seconds

MODEL = ROOT / "checkpoints" / "tang"
LENGTH = 32  # characters of a 七絕, stops included
BATCHES = (1, PARTICLES, 64)
STEPS = 300  # whose median counts
ENGINES = ("numpy", "onnx", "int8")
GATES = (0, 3, 1, 2)  # ONNX has input, output, forget, cell; torch input, forget, cell, output
Step = Callable[[NDArray[np.int64], list[Any]], tuple[Any, list[Any]]]


def by_numpy(folder: Path) -> Callable[[int], tuple[Step, list[Any]]]:
    """poet's own engine: for a batch, its step and its empty state."""
    engine = NumpyLSTM(Checkpoint.read(folder))

    def step(ids: NDArray[np.int64], state: list[Any]) -> tuple[Any, list[Any]]:
        features, memory = engine.step(ids, LSTMState(*state))
        return engine.logits(features), list(memory)

    return lambda batch: (step, list(engine.initial_state(batch)))


def by_onnx(file: Path) -> Callable[[int], tuple[Step, list[Any]]]:
    """ONNX Runtime: for a batch, its step and its empty state."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    names = [one.name for one in session.get_inputs()]
    H = session.get_inputs()[1].shape[2]

    def step(ids: NDArray[np.int64], state: list[Any]) -> tuple[Any, list[Any]]:
        logits, *after = session.run(None, dict(zip(names, [ids[None], *state], strict=True)))
        return logits[0], after

    return lambda batch: (step, [np.zeros((1, batch, H), np.float32) for _ in range(4)])


def export(checkpoint: Checkpoint, file: Path) -> None:
    """The model as an ONNX graph: ids (1, B), four states (1, B, H) -> logits (1, B, V), states."""
    from onnx import TensorProto, checker, helper, numpy_helper, save

    weights = {k: np.asarray(v, np.float32) for k, v in checkpoint.weights.items()}
    V, E = weights["embedding.weight"].shape
    H = checkpoint.hidden
    scale = np.float32(np.sqrt(E))
    constants = {
        "table": weights["embedding.weight"] * scale,
        "output": weights["embedding.weight"].T,
        "bias": weights["bias"],
        "projection": weights["projection.weight"].T,
        "projection_bias": weights["projection.bias"],
        "one": np.array([1], np.int64),
    }
    nodes = [helper.make_node("Gather", ["table", "ids"], ["x"])]
    names, below = ["ids"], "x"
    for layer in ("lower", "upper"):
        for name in ("weight_ih", "weight_hh"):
            constants[f"{layer}_{name}"] = _reordered(weights[f"{layer}.{name}_l0"])[None]
        biases = [_reordered(weights[f"{layer}.{name}_l0"]) for name in ("bias_ih", "bias_hh")]
        constants[f"{layer}_bias"] = np.concatenate(biases)[None]
        states = [f"{layer}_h", f"{layer}_c"]
        names += states
        taken = [below, *(f"{layer}_{name}" for name in ("weight_ih", "weight_hh", "bias"))]
        given = [f"{layer}_all", *(f"{state}_after" for state in states)]
        nodes.append(helper.make_node("LSTM", [*taken, "", *states], given, hidden_size=H))
        nodes.append(helper.make_node("Squeeze", [given[0], "one"], [f"{layer}_heard"]))
        below = f"{layer}_heard"
    nodes += [
        helper.make_node("Concat", ["lower_heard", "upper_heard"], ["heard"], axis=2),
        helper.make_node("MatMul", ["heard", "projection"], ["projected"]),
        helper.make_node("Add", ["projected", "projection_bias"], ["features"]),
        helper.make_node("MatMul", ["features", "output"], ["products"]),
        helper.make_node("Add", ["products", "bias"], ["logits"]),
    ]
    state: list[str | int | None] = [1, "B", H]
    inputs = [helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "B"])]
    inputs += [helper.make_tensor_value_info(n, TensorProto.FLOAT, state) for n in names[1:]]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, "B", V])]
    outputs += [
        helper.make_tensor_value_info(f"{n}_after", TensorProto.FLOAT, state) for n in names[1:]
    ]
    kept = [
        numpy_helper.from_array(np.ascontiguousarray(value), name)
        for name, value in constants.items()
    ]
    graph = helper.make_graph(nodes, "poet", inputs, outputs, kept)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    checker.check_model(model)
    save(model, file)


def _reordered(weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows (4H, …) of torch's gates in the order of ONNX."""
    parts = np.split(weight, 4)
    return np.concatenate([parts[k] for k in GATES])


def read(engine: str, file: Path, batch: int, steps: int) -> tuple[float, list[float]]:
    """Milliseconds of the median step, and the last logits (V,) of one of the candidates.

    The ids that are read are the same for any engine.
    """
    step, state = (by_numpy if engine == "numpy" else by_onnx)(file)(batch)
    taken = []
    for ids in np.random.default_rng(1).integers(1_000, size=(steps, batch)):
        began = time.perf_counter()
        logits, state = step(ids, state)
        taken.append(time.perf_counter() - began)
    return 1e3 * statistics.median(taken), logits[0].tolist()


def process(engine: str, file: Path, batch: int, steps: int) -> list[str]:
    """A process that reads: numpy and ONNX Runtime take their number of threads as they begin."""
    words = json.dumps([engine, str(file), batch, steps])
    return [sys.executable, "-m", "benchmarks.onnx_engine", "--work", words]


@click.command(help=__doc__)
@click.option("--times", type=click.IntRange(1), default=10, show_default=True)
@click.option("--work", hidden=True)
@results_option  # fmt: skip
def main(times: int, work: str | None, results: Path) -> None:
    if work:
        engine, file, batch, steps = json.loads(work)
        click.echo(json.dumps(read(engine, Path(file), batch, steps)))
        return
    try:
        import onnxruntime
        from onnxruntime.quantization import quantize_dynamic
    except ImportError:
        raise click.ClickException("pip install onnx onnxruntime first") from None
    env = environment(1)
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / f"{name}.onnx" for name in ENGINES} | {"numpy": MODEL}
        export(Checkpoint.read(MODEL), files["onnx"])
        quantize_dynamic(files["onnx"], files["int8"], per_channel=True)

        def whole(name: str) -> Callable[[int], float]:
            return lambda turn: seconds(process(name, files[name], PARTICLES, LENGTH), env)

        taken = in_turn({name: whole(name) for name in ENGINES}, times)
        processes = {name: statistics.median(found) for name, found in taken.items()}
        milliseconds: dict[str, list[float]] = {name: [] for name in ENGINES}
        apart = dict.fromkeys(ENGINES, 0.0)
        for batch in BATCHES:
            last = {}
            for name in ENGINES:
                words = process(name, files[name], batch, STEPS)
                answer = subprocess.run(words, check=True, capture_output=True, cwd=ROOT, env=env)
                one, last[name] = json.loads(answer.stdout)
                milliseconds[name].append(one)
                apart[name] = max(apart[name], float(np.ptp([last[name], last["numpy"]], 0).max()))
    rows = [[name, processes[name], *milliseconds[name], apart[name]] for name in ENGINES]
    header = ("", "process, s", *(f"step of {b}, ms" for b in BATCHES), "logits apart")
    show("poet's engine and ONNX Runtime, one thread", header, rows)
    figures = {
        "onnxruntime": onnxruntime.__version__,
        "seconds": processes,
        "candidates": BATCHES,
        "milliseconds_a_step": milliseconds,
        "greatest_difference_of_logits": apart,
    }
    click.echo(f"written: {record('onnx_engine', figures, results).name}")


if __name__ == "__main__":
    launch(main)
