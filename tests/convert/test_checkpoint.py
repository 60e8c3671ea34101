from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from edge_tts.convert.checkpoints import checkpoint
from edge_tts.convert.checkpoints.pickled import Placeholder
from edge_tts.errors import ConversionError
from tests.support import pth, training

DATA = Path(__file__).parents[1] / "data"
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
    with pytest.raises(ConversionError, match=r"asks for builtins\.exec, only tensors|wrong magic number"):
        checkpoint.tensors(checkpoint.read(path), "model")
    assert not (tmp_path / "attacked").exists()


def test_what_trainers_keep_beside_the_model_is_no_hindrance(tmp_path: Path) -> None:
    weights = {"w": np.ones((2, 3), np.float32)}
    pth.save(tmp_path / "a.pth", {**training.vocoder(weights), **training.strange(), "run": Attack()})
    tree = checkpoint.read(tmp_path / "a.pth")
    assert tree["scheduler"]["generator"]["milestones"] == {200000: 1, 400000: 1, 600000: 1, 800000: 1}
    assert tree["optimizer"]["generator"]["state"][0]["step"].array() == 1
    assert tree["losses"] == {"mel": [0.5]}
    assert {name for name, one in tree.items() if isinstance(one, Placeholder)} >= {"best", "seen", "fixed", "run"}
    assert checkpoint.tensors(tree, "model", "generator")["w"].array().tolist() == [[1, 1, 1], [1, 1, 1]]


@pytest.mark.parametrize("model", [Attack(), {"generator": Attack()}, {"generator": {"w": Attack()}}, np.float64(1)])
def test_what_trainers_keep_is_refused_in_the_place_of_the_model(tmp_path: Path, model: Any) -> None:
    pth.save(tmp_path / "a.pth", {"model": model})
    with pytest.raises(ConversionError, match=r"asks for (__builtin__\.exec|numpy.*scalar), only tensors"):
        checkpoint.tensors(checkpoint.read(tmp_path / "a.pth"), "model", "generator")


def written(path: Path, program: bytes) -> Path:
    """Write a checkpoint whose pickle is this program."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", program)
        archive.writestr("archive/data/0", bytes(16))
    return path


def stored(key: bytes, count: bytes = b"K\x04") -> bytes:
    """Return a program for a tensor of a storage."""
    identity = b"(X\x07\0\0\0storagectorch\nFloatStorage\n" + key + b"X\x03\0\0\0cpu" + count + b"tQ"
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + identity + b"K\0K\x04\x85K\x01\x85\x89}tR"


def in_model(program: bytes) -> bytes:
    return b"\x80\x02}X\x05\0\0\0model}X\x01\0\0\0w" + program + b"ss."


RUNS = b"cos\nsystem\nX\x0e\0\0\0touch attacked\x85R"


def test_the_programs_of_these_tests_are_read_where_they_are_right(tmp_path: Path) -> None:
    found = checkpoint.tensors(checkpoint.read(written(tmp_path / "a.pth", in_model(stored(b"X\1\0\0\x000")))), "model")
    assert found["w"].array().tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("program", "why"),
    [
        (in_model(RUNS), "asks for os.system"),
        (in_model(b"cbuiltins\neval\nX\x03\0\0\x001+1\x85\x81"), "asks for builtins.eval"),
        (in_model(b"(X\x03\0\0\x001+1ios\nsystem\n"), "asks for os.system"),
        (in_model(b"(cos\nsystem\nX\x03\0\0\x001+1o"), "asks for os.system"),
        (in_model(b"X\2\0\0\0osX\6\0\0\0system\x93X\1\0\0\0x\x85R"), "asks for os.system"),
        (in_model(b"ctypes\nSimpleNamespace\n)\x81}X\x0c\0\0\0__setstate__" + RUNS + b"sb"), "asks for types.Simple"),
        (in_model(b"X\7\0\0\0\xe2\x80\xae\x1b[2JX\1\0\0\0x\x93)R"), r"asks for .u202e.x1b\[2J.x"),
        (in_model(b"\x82\x01"), "uses EXT1, which plain data never does"),
        (in_model(b"\x84\x01\0\0\0"), "uses EXT4"),
        (in_model(b"\x97"), "uses NEXT_BUFFER"),
        (in_model(stored(b"X\1\0\0\x001")), "no storage '1' in it"),
        (in_model(stored(b"X\x0b\0\0\0/etc/passwd")), "no storage '/etc/passwd' in it"),
        (in_model(stored(b"X\1\0\0\x000", b"\x8a\5\0\0\0\0\x10")), "has 16 bytes for 68719476736 values"),
        (in_model(b"r\xff\xff\xff\xfej\xff\xff\xff\xff"), "no PyTorch checkpoint"),
        (in_model(b"(" * 1000 + b"l" * 1000 + b"h\x07"), "no PyTorch checkpoint"),
        (b"\x80\x02" + b"]" * 3_000_000 + b".", "more than 2000000 steps"),
        (b"\x80\x02}X\xff\xff\xff\x7fa", "bytes of names|no PyTorch checkpoint"),
        (b"\x80\x02}" + b"(" * 9 + b")" * 100_000 + b"t" * 9 + b"K\x01s.", "keys that are no names or numbers"),
        (b"\x80\x02)R.", "no PyTorch checkpoint"),
        (b"\x80\x02.", "no PyTorch checkpoint"),
        (b"\x80\x02K\x01b.", "no PyTorch checkpoint"),
        (RUNS + b".", "asks for os.system"),
    ],
)
def test_programs_that_do_harm_elsewhere_are_refused_with_what_they_ask_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: bytes, why: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConversionError, match=why):
        checkpoint.tensors(checkpoint.read(written(tmp_path / "a.pth", program)), "model")
    assert not (tmp_path / "attacked").exists()


@pytest.mark.parametrize("deep", [b"]" * 200_000 + b"a" * 199_999, b")" + b"\x85" * 200_000])
def test_what_is_nested_deeply_beside_the_model_is_read(tmp_path: Path, deep: bytes) -> None:
    beside = b"X\4\0\0\0deep" + deep + b"s"
    program = in_model(stored(b"X\1\0\0\x000"))[:-1] + beside + b"."
    tree = checkpoint.read(written(tmp_path / "a.pth", program))
    assert checkpoint.tensors(tree, "model").keys() == {"w"}


def test_a_checkpoint_with_a_password_is_refused(tmp_path: Path) -> None:
    content = bytearray((DATA / "tiny.pth").read_bytes())
    place = content.index(b"PK\x01\x02")
    while place >= 0:
        content[place + 8] |= 1
        place = content.find(b"PK\x01\x02", place + 1)
    (tmp_path / "a.pth").write_bytes(content)
    with pytest.raises(ConversionError, match="has a password"):
        checkpoint.read(tmp_path / "a.pth")


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
@example(cut=1001, flip=1, value=ord("\\"))  # an escape that Python warns of
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
