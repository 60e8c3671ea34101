"""Reading ONNX files and cutting them, against the onnx package; files of arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper, numpy_helper

from edge_tts.errors import ModelCorrupt
from edge_tts.graphs import array_file
from edge_tts.graphs.onnx_file import OnnxFile
from tests.support import tiny_voice


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_voice.make(tmp_path_factory.mktemp("tiny") / "model") / "model.onnx"


def test_constants_are_those_that_the_onnx_package_reads(graph: Path) -> None:
    file = OnnxFile(graph)
    for tensor in onnx.load(graph).graph.initializer:
        np.testing.assert_array_equal(file.constant(tensor.name), numpy_helper.to_array(tensor), strict=True)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.int64, np.uint8, np.int8, np.bool_])
@pytest.mark.parametrize("raw", [True, False])
def test_every_kind_of_constant_is_read(tmp_path: Path, dtype: type, raw: bool) -> None:
    values = np.array([[0, 1, 2], [3, 0, 100]]).astype(dtype)
    if values.dtype.kind in "if":
        values[0, 0] = -5
    kind = helper.np_dtype_to_tensor_dtype(values.dtype)
    tensor = helper.make_tensor("values", kind, values.shape, values.tobytes() if raw else values.ravel(), raw)
    made = helper.make_graph([helper.make_node("Identity", ["values"], ["out"])], "one", [], [], [tensor])
    (tmp_path / "one.onnx").write_bytes(helper.make_model(made).SerializeToString())
    np.testing.assert_array_equal(OnnxFile(tmp_path / "one.onnx").constant("values"), values, strict=True)


def test_a_part_computes_what_the_whole_does(graph: Path) -> None:
    session = onnxruntime.InferenceSession(OnnxFile(graph).part(["mixed", "coloured"]))
    inputs = {"tokens": np.array([[0, 5, 9, 0]], np.int64), "style": np.ones((1, 256), np.float32)}
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(graph).graph.initializer}
    mixed, coloured = session.run(None, {**inputs, "speed": np.ones(1, np.float32)})
    np.testing.assert_allclose(mixed, constants["embedding"][inputs["tokens"]] @ constants["mix"], atol=1e-4)
    np.testing.assert_allclose(coloured, inputs["style"] @ constants["colour"], atol=1e-4)


def test_a_part_has_only_the_constants_that_it_needs(graph: Path) -> None:
    part = onnx.load_from_string(OnnxFile(graph).part(["coloured"]))
    assert [tensor.name for tensor in part.graph.initializer] == ["colour"]
    assert [value.name for value in part.graph.output] == ["coloured"]


def test_what_is_not_there_is_named(graph: Path) -> None:
    file = OnnxFile(graph)
    with pytest.raises(ModelCorrupt, match="no constant nothing"):
        file.constant("nothing")
    with pytest.raises(ModelCorrupt, match="no value nothing"):
        file.part(["nothing"])


@pytest.mark.parametrize("keep", [0, 1, 100, -1])
def test_a_file_that_is_cut_short_is_refused(graph: Path, tmp_path: Path, keep: int) -> None:
    (tmp_path / "short.onnx").write_bytes(graph.read_bytes()[:keep])
    with pytest.raises(ModelCorrupt, match="no ONNX graph"):
        OnnxFile(tmp_path / "short.onnx")


def test_arrays_come_back_aligned_and_read_only(tmp_path: Path) -> None:
    arrays = {
        "a": np.arange(7, dtype=np.int8),
        "名": np.ones((2, 3), np.float32),
        "none": np.empty((0, 4)),
        "one": np.array(3.5),
    }
    array_file.write(tmp_path / "arrays.bin", arrays)
    found = array_file.read(tmp_path / "arrays.bin")
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array, strict=True)
        assert found[name].ctypes.data % 64 == 0
        assert not found[name].flags.writeable


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xff\xff\x7f", b"\x02\x00\x00\x00{]", b'\x1a\x00\x00\x00{"a": ["<f4", [1000], 0]}']
)
def test_a_damaged_file_of_arrays_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "arrays.bin").write_bytes(content)
    with pytest.raises(ModelCorrupt, match="no file of arrays"):
        array_file.read(tmp_path / "arrays.bin")
