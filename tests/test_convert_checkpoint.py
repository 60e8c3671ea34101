from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_tts.convert import checkpoint
from edge_tts.errors import ConversionError
from tests import pth

DATA = Path(__file__).parent / "data"
BOTH = ("tiny.pth", "tiny_stream.pth")
"""The same dictionary, saved by PyTorch 2.13 in its two formats."""


@pytest.mark.parametrize("name", BOTH)
def test_tensors_are_read_as_pytorch_saved_them(name: str) -> None:
    found = checkpoint.tensors(checkpoint.read(DATA / name), "model")
    whole = np.arange(12, dtype=np.float32).reshape(3, 4)
    np.testing.assert_array_equal(found["weight"].array(), whole)
    np.testing.assert_array_equal(found["turned"].array(), whole.T)
    np.testing.assert_array_equal(found["row"].array(), whole[1])
    np.testing.assert_array_equal(found["half"].array(), whole)
    assert found["steps"].array().tolist() == [5]


@pytest.mark.parametrize("name", BOTH)
def test_parameters_numbers_and_dictionaries_are_read_too(name: str) -> None:
    tree = checkpoint.read(DATA / name)
    assert tree["steps"] == 7
    assert tree["optimizer"]["param_groups"][0]["betas"] == (0.9, 0.99)
    assert tree["parameter"].array().tolist() == [[0, 1, 2, 3]]
    assert {name: tensor.shape for name, tensor in checkpoint.tensors(tree, "module").items()} == {
        "weight": (1, 2),
        "bias": (1,),
    }


def test_the_prefix_of_distributed_training_is_dropped(tmp_path: Path) -> None:
    pth.save(tmp_path / "a.pth", {"model": {"module.fc.weight": np.ones((2, 2), np.float32)}})
    assert list(checkpoint.tensors(checkpoint.read(tmp_path / "a.pth"), "model")) == ["fc.weight"]


class Attack:
    def __reduce__(self) -> Any:
        return exec, ("import pathlib; pathlib.Path('attacked').touch()",)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_that_asks_for_code_is_refused_and_nothing_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zipped: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.pth"
    if zipped:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", pickle.dumps({"model": Attack()}))
    else:
        path.write_bytes(pickle.dumps(Attack()))
    with pytest.raises(ConversionError, match="exec"):
        checkpoint.read(path)
    assert not (tmp_path / "attacked").exists()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match=r"gone\.pth cannot be read"):
        checkpoint.read(tmp_path / "gone.pth")


def test_a_key_that_is_not_there_is_named() -> None:
    with pytest.raises(ConversionError, match=r"no model\.generator"):
        checkpoint.tensors(checkpoint.read(DATA / "tiny.pth"), "model", "generator")


def test_a_storage_shorter_than_its_tensor_is_refused(tmp_path: Path) -> None:
    pth.save(tmp_path / "a.pth", {"model": {"w": np.ones(100, np.float32)}})
    with zipfile.ZipFile(tmp_path / "a.pth") as archive, zipfile.ZipFile(tmp_path / "b.pth", "w") as shorter:
        for name in archive.namelist():
            shorter.writestr(name, archive.read(name)[:40] if "/data/" in name else archive.read(name))
    with pytest.raises(ConversionError, match="has 40 bytes for 100 values"):
        checkpoint.read(tmp_path / "b.pth")


@pytest.mark.parametrize("name", BOTH)
@given(cut=st.integers(0, 1500), flip=st.integers(0, 1500), value=st.integers(0, 255))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_checkpoint_is_read_or_refused(tmp_path: Path, name: str, cut: int, flip: int, value: int) -> None:
    content = bytearray((DATA / name).read_bytes())
    content[flip % len(content)] = value
    path = tmp_path / "damaged.pth"
    path.write_bytes(content[: len(content) - cut] if cut < 1000 else content)
    try:
        for tensor in checkpoint.tensors(checkpoint.read(path), "model").values():
            tensor.array()
    except ConversionError:
        pass


def test_a_list_is_no_checkpoint(tmp_path: Path) -> None:
    stream = io.BytesIO()
    pickle.dump([1, 2], stream)
    with zipfile.ZipFile(tmp_path / "a.pth", "w") as archive:
        archive.writestr("archive/data.pkl", stream.getvalue())
    with pytest.raises(ConversionError, match="holds a list"):
        checkpoint.read(tmp_path / "a.pth")
