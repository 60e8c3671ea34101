"""Weights of 8 bits whose products saturate nowhere, of every kind of layer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static

from edge_tts.convert.quantization.fidelity import Runner, decibels
from edge_tts.convert.quantization.saturation import unsaturate

RANDOM = np.random.default_rng(5)


def save(path: Path, op: str, weights: np.ndarray, extra: dict[str, np.ndarray], **attributes: object) -> Path:
    names = ["x", "weights", *extra]
    node = helper.make_node(op, names, ["y"], **attributes)
    initializers = [numpy_helper.from_array(array, name) for name, array in {"weights": weights, **extra}.items()]
    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in "xy"]
    graph = helper.make_graph([node], "g", [value[0]], [value[1]], initializers)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), str(path))
    return path


class Once(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, x: np.ndarray) -> None:
        self.rest = iter([{"x": x}])

    def get_next(self) -> dict[str, np.ndarray] | None:
        return next(self.rest, None)


def loud(*shape: int) -> np.ndarray:
    """Weights whose neighbours are large together, which is what saturates."""
    return np.sign(RANDOM.standard_normal(shape)).astype(np.float32) * RANDOM.uniform(0.8, 1, shape).astype(np.float32)


@pytest.mark.parametrize("inputs", [7, 64])
def test_products_are_faithful_whatever_the_processor(tmp_path: Path, inputs: int) -> None:
    weights = np.abs(loud(inputs, 33))
    source, target = save(tmp_path / "s.onnx", "MatMul", weights, {}), tmp_path / "t.onnx"
    quantize_dynamic(source, target, per_channel=True, weight_type=QuantType.QInt8)
    unsaturate(source, target)
    feeds = {"x": RANDOM.uniform(0, 1, (5, inputs)).astype(np.float32)}
    assert decibels(Runner.load(source).run_all(feeds), Runner.load(target).run_all(feeds)) > 30


@pytest.mark.parametrize(("channels", "bias"), [(3, True), (16, True), (16, False)])
def test_convolutions_keep_their_bias(tmp_path: Path, channels: int, bias: bool) -> None:
    extra = {"bias": 20 * loud(9)} if bias else {}
    source = save(tmp_path / "s.onnx", "Conv", np.abs(loud(9, channels, 5)), extra)
    target, x = tmp_path / "t.onnx", RANDOM.uniform(0, 1, (1, channels, 40)).astype(np.float32)
    options = {"per_channel": True, "weight_type": QuantType.QInt8, "activation_type": QuantType.QUInt8}
    quantize_static(source, target, Once(x), quant_format=QuantFormat.QDQ, **options)
    unsaturate(source, target)
    assert decibels(Runner.load(source).run_all({"x": x}), Runner.load(target).run_all({"x": x})) > 30


def test_transposed_convolutions_stay_as_they_are(tmp_path: Path) -> None:
    source = save(tmp_path / "s.onnx", "ConvTranspose", loud(6, 4, 8), {}, strides=[4])
    target, x = tmp_path / "t.onnx", RANDOM.uniform(0, 1, (1, 6, 20)).astype(np.float32)
    options = {"per_channel": True, "weight_type": QuantType.QInt8, "activation_type": QuantType.QUInt8}
    quantize_static(source, target, Once(x), quant_format=QuantFormat.QDQ, **options)
    before = target.read_bytes()
    unsaturate(source, target)
    after = {one.name: numpy_helper.to_array(one) for one in onnx.load(str(target)).graph.initializer}
    for one in onnx.load_from_string(before).graph.initializer:
        np.testing.assert_array_equal(after[one.name], numpy_helper.to_array(one))
