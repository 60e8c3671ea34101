"""A quantized graph turned back into floats, against the float graph that it was quantized from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from edge_tts.graphs.float_graph import in_floats
from edge_tts.graphs.onnx_file import OnnxFile

HIDDEN, CHANNELS = 6, 8


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Convolution with bias → LSTM of both directions → matrix product, twice with the same weights."""
    random = np.random.default_rng(0)

    def weights(name: str, *shape: int) -> onnx.TensorProto:
        return numpy_helper.from_array(random.normal(size=shape).astype(np.float32) / 2, name)

    nodes = [
        helper.make_node(
            "Conv", ["x", "kernel", "kernel_bias"], ["convolved"], "convolution", pads=[2, 2], dilations=[2]
        ),
        helper.make_node("Transpose", ["convolved"], ["rows"], perm=[2, 0, 1]),
        helper.make_node(
            "LSTM", ["rows", "w", "r", "b"], ["steps"], "lstm", hidden_size=HIDDEN, direction="bidirectional"
        ),
        helper.make_node("Reshape", ["steps", "shape"], ["flat"]),
        helper.make_node("MatMul", ["flat", "square"], ["once"], "product_1"),
        helper.make_node("MatMul", ["once", "square"], ["y"], "product_2"),
    ]
    constants = [
        weights("kernel", CHANNELS, CHANNELS, 3),
        weights("kernel_bias", CHANNELS),
        weights("w", 2, 4 * HIDDEN, CHANNELS),
        weights("r", 2, 4 * HIDDEN, HIDDEN),
        weights("b", 2, 8 * HIDDEN),
        numpy_helper.from_array(np.array([-1, 2 * HIDDEN], np.int64), "shape"),
        weights("square", 2 * HIDDEN, 2 * HIDDEN),
    ]
    given = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, CHANNELS, "n"])]
    made = [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 2 * HIDDEN])]
    graph = helper.make_graph(nodes, "small", given, made, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = tmp_path_factory.mktemp("graphs") / "float.onnx"
    path.write_bytes(model.SerializeToString())
    return path


@pytest.fixture(scope="module")
def quantized(original: Path) -> Path:
    path = original.with_name("quantized.onnx")
    quantize_dynamic(original, path, weight_type=QuantType.QInt8, op_types_to_quantize=["Conv", "MatMul", "LSTM"])
    operators = {node.op_type for node in onnx.load(path).graph.node}
    assert {"ConvInteger", "MatMulInteger", "DynamicQuantizeLSTM"} <= operators
    return path


def computed(graph: Path | bytes, x: NDArray[np.float32]) -> NDArray[np.float32]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    content = graph if isinstance(graph, bytes) else str(graph)
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})[0]  # type: ignore[no-any-return]


def test_the_graph_in_floats_is_nearer_to_the_original_than_the_quantized_one(original: Path, quantized: Path) -> None:
    x = np.random.default_rng(1).normal(size=(1, CHANNELS, 50)).astype(np.float32)
    wanted = computed(original, x)
    error, quantized_error = (
        np.sqrt(np.square(computed(graph, x) - wanted).mean())
        for graph in (in_floats(OnnxFile(quantized), ["y"]), quantized)
    )
    assert error < 0.03 * wanted.std(), "only the weights are rounded"
    assert error < quantized_error


def test_no_operator_on_whole_numbers_is_left_and_weights_are_there_once(quantized: Path) -> None:
    graph = onnx.load_from_string(in_floats(OnnxFile(quantized), ["y"])).graph
    operators = [node.op_type for node in graph.node]
    assert not [name for name in operators if "Integer" in name or "Quantize" in name or name == "Floor"]
    assert operators.count("MatMul") == 2
    assert len([tensor for tensor in graph.initializer if list(tensor.dims) == [2 * HIDDEN, 2 * HIDDEN]]) == 1


def test_a_graph_can_begin_in_the_middle(original: Path, quantized: Path) -> None:
    part = in_floats(OnnxFile(quantized), ["y"], ["flat"])
    assert [value.name for value in onnx.load_from_string(part).graph.input] == ["flat"]
    flat = np.random.default_rng(2).normal(size=(5, 2 * HIDDEN)).astype(np.float32)
    square = next(t for t in onnx.load(original).graph.initializer if t.name == "square")
    expected = flat @ numpy_helper.to_array(square) @ numpy_helper.to_array(square)
    assert np.sqrt(np.square(computed(part, flat) - expected).mean()) < 0.03 * expected.std()


def test_a_graph_that_was_not_quantized_stays_as_it_is(original: Path) -> None:
    x = np.random.default_rng(3).normal(size=(1, CHANNELS, 20)).astype(np.float32)
    np.testing.assert_array_equal(computed(in_floats(OnnxFile(original), ["y"]), x), computed(original, x))
