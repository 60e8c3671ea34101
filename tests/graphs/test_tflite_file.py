"""The constants of a TensorFlow Lite model are read as they were written, and damage is an error."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_tts.errors import ModelCorrupt
from edge_tts.graphs.tflite_file import read_tensors
from tests.support import tiny_tflite

CONSTANTS: dict[str, tiny_tflite.Constant] = {
    "layer/bias": (np.array([1.5, -2.0, 0.0], np.float32), None),
    "layer/权重": (np.arange(-6, 6, dtype=np.int8).reshape(3, 1, 2, 2), 0.5),
    "axis": (np.array(2, np.int32), None),
}
MODEL = tiny_tflite.make(CONSTANTS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.tflite"


def test_constants_are_read_with_their_scale(path: Path) -> None:
    path.write_bytes(MODEL)
    tensors = read_tensors(path)
    assert list(tensors) == list(CONSTANTS)
    for name, (values, scale) in CONSTANTS.items():
        np.testing.assert_array_equal(tensors[name].values, values)
        assert tensors[name].values.shape == values.shape
        assert tensors[name].scale == scale
        np.testing.assert_array_equal(tensors[name].floats(), values * np.float32(scale or 1))


@pytest.mark.parametrize("content", [b"", b"TFL3", b"\0" * 100, MODEL[:40], MODEL[:-50], b"\xff" * 500])
def test_what_is_no_model_is_a_corrupt_one(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(ModelCorrupt, match=r"model\.tflite is not a TensorFlow Lite model"):
        read_tensors(path)


def test_a_missing_file_is_named(path: Path) -> None:
    with pytest.raises(ModelCorrupt, match=r"model\.tflite"):
        read_tensors(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(8, len(MODEL) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_any_damage_is_read_or_refused_and_nothing_else(path: Path, damage: list[tuple[int, int]]) -> None:
    content = bytearray(MODEL)
    for place, value in damage:
        content[place] = value
    path.unlink(missing_ok=True)  # the one before is still mapped
    path.write_bytes(content)
    try:
        for tensor in read_tensors(path).values():
            assert tensor.values.nbytes <= len(content)
    except ModelCorrupt:
        pass
