"""Graphs that are written without the onnx package are what that package and ONNX Runtime take them for."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime

from edge_tts.graphs.onnx_writer import MICROSOFT, OPSET, Graph


def scaled() -> Graph:
    """y = leaky(x · matrix + bias), its mean over rows, and x in 8 bits."""
    graph = Graph("scaled")
    values = graph.input("x", "float32", ["rows", 2])
    product = graph.add("MatMul", values, graph.constant(np.array([[1, 2, 3], [4, 5, 6]], np.float32)))
    shifted = graph.add("Add", product, graph.floats(0.5, -0.5, -100.0))
    leaky = graph.add("LeakyRelu", shifted, alpha=0.25)
    graph.output(leaky, "y", "float32", ["rows", 3])
    graph.output(graph.add("ReduceMean", leaky, axes=[0], keepdims=0), "mean", "float32", [3])
    quantized, _, _ = graph.several("DynamicQuantizeLinear", 3, values)
    graph.output(quantized, "quantized", "uint8", ["rows", 2])
    return graph


def run(graph: Graph, x: np.ndarray) -> list[np.ndarray]:
    return onnxruntime.InferenceSession(graph.serialize(), providers=["CPUExecutionProvider"]).run(None, {"x": x})  # type: ignore[no-any-return]


def test_the_onnx_package_finds_nothing_wrong() -> None:
    model = onnx.load_from_string(scaled().serialize())
    onnx.checker.check_model(model, full_check=True)
    assert {entry.domain: entry.version for entry in model.opset_import} == {"": OPSET, MICROSOFT: 1}
    assert [value.name for value in model.graph.input] == ["x"]
    assert [value.name for value in model.graph.output] == ["y", "mean", "quantized"]


def test_the_runtime_computes_what_was_written() -> None:
    x = np.array([[1, 1], [2, 0], [-3, 4]], np.float32)
    y, mean, quantized = run(scaled(), x)
    linear = x @ np.array([[1, 2, 3], [4, 5, 6]], np.float32) + np.array([0.5, -0.5, -100], np.float32)
    expected = np.where(linear > 0, linear, 0.25 * linear)
    np.testing.assert_allclose(y, expected, rtol=1e-6)
    np.testing.assert_allclose(mean, expected.mean(axis=0), rtol=1e-6)
    assert quantized.dtype == np.uint8


def test_equal_constants_are_kept_once() -> None:
    graph = Graph("constants")
    first, again = graph.floats(1.0, 2.0), graph.constant(np.array([1, 2], np.float32))
    assert first == again
    assert graph.wholes(1, 2) != first
    assert graph.constant(np.array([[1, 2]], np.float32)) != first


def test_negative_numbers_and_empty_inputs_keep_their_place() -> None:
    graph = Graph("cut")
    values = graph.input("x", "float32", ["rows", 2])
    clipped = graph.add("Clip", values, "", graph.floats(1.0))
    graph.output(graph.add("Softmax", clipped, axis=-1), "y", "float32", ["rows", 2])
    x = np.array([[5.0, -5.0]], np.float32)
    (y,) = run(graph, x)
    powers = np.exp(np.minimum(x, 1))
    np.testing.assert_allclose(y, powers / powers.sum(), rtol=1e-5)
