"""Prepared graphs: made once, mapped, noticed when stale or damaged, and the same audio as the original."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from edge_tts.cancel import CancelToken
from edge_tts.config.loading import load as load_config
from edge_tts.errors import EngineError, Interrupted, ModelCorrupt
from edge_tts.graphs import prepared
from edge_tts.graphs.parts import Graph, Part
from edge_tts.graphs.prepared import GRAPH, RECORD, WEIGHTS, prepare
from edge_tts.graphs.session import Session
from tests.support import tiny_voice
from tests.support.mappings import mapping
from tests.support.store_model import mounted

INPUTS = {
    "tokens": np.array([[0, 5, 9, 0]], np.int64),
    "style": np.ones((1, 256), np.float32),
    "speed": np.ones(1, np.float32),
}


def opened(graph: Graph, folder: Path) -> Session:
    return Session(prepare(Part(graph, folder / "prepared"), load_config()))


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_voice.make(tmp_path_factory.mktemp("tiny") / "model") / "model.onnx"


def prepared_folder(root: Path) -> Path:
    (folder,) = (path for path in root.iterdir() if path.is_dir())
    return folder


def test_prepared_graph_computes_what_the_original_does(graph: Path, tmp_path: Path) -> None:
    prepared = opened(graph, tmp_path).run(INPUTS, CancelToken())
    original = onnxruntime.InferenceSession(str(graph), providers=["CPUExecutionProvider"]).run(None, INPUTS)[0]
    np.testing.assert_allclose(prepared, original, atol=1e-5)
    assert prepared.shape == (4 * tiny_voice.SAMPLES_PER_TOKEN,)


def test_weights_are_in_the_data_file_and_mapped_clean(graph: Path, tmp_path: Path) -> None:
    session = opened(graph, tmp_path)
    weights = prepared_folder(tmp_path / "prepared") / WEIGHTS
    assert weights.stat().st_size >= graph.stat().st_size * 0.9
    session.run(INPUTS, CancelToken())
    mapped = mapping(os.getpid(), weights)
    assert mapped["Rss"] > 0
    assert mapped["Private_Dirty"] == 0


def test_a_prepared_graph_is_used_again(graph: Path, tmp_path: Path) -> None:
    opened(graph, tmp_path)
    before = stamps(tmp_path / "prepared")
    opened(graph, tmp_path)
    assert stamps(tmp_path / "prepared") == before


def _remove(folder: Path) -> None:
    (folder / WEIGHTS).unlink()


def _truncate(folder: Path) -> None:
    with open(folder / WEIGHTS, "r+b") as file:
        file.truncate(100)


def _scribble(folder: Path) -> None:
    with open(folder / WEIGHTS, "r+b") as file:
        file.write(b"\xff" * 64)


def _garble_graph_unnoticed(folder: Path) -> None:
    path = folder / GRAPH
    status = path.stat()
    path.write_bytes(b"\xff" * status.st_size)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _garble_record(folder: Path) -> None:
    (folder / RECORD).write_text("{")


@pytest.mark.parametrize("damage", [_remove, _truncate, _scribble, _garble_graph_unnoticed, _garble_record])
def test_what_is_missing_or_damaged_is_made_anew(graph: Path, tmp_path: Path, damage: Callable[[Path], None]) -> None:
    expected = opened(graph, tmp_path).run(INPUTS, CancelToken())
    damage(prepared_folder(tmp_path / "prepared"))
    np.testing.assert_array_equal(opened(graph, tmp_path).run(INPUTS, CancelToken()), expected)
    assert prepared.is_prepared(graph, prepared_folder(tmp_path / "prepared"))


def test_another_runtime_version_makes_it_stale(graph: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(graph, tmp_path)
    before = prepared_folder(tmp_path / "prepared")
    monkeypatch.setattr(onnxruntime, "__version__", "0.0.1")
    opened(graph, tmp_path)
    assert prepared_folder(tmp_path / "prepared") != before, "the old one is gone, a new one is there"


def test_another_graph_makes_it_stale(graph: Path, tmp_path: Path) -> None:
    copy = tmp_path / "model.onnx"
    copy.write_bytes(graph.read_bytes())
    opened(copy, tmp_path)
    os.utime(copy, ns=(1, 1))
    assert not prepared.is_prepared(copy, prepared_folder(tmp_path / "prepared"))


def test_a_failed_preparation_leaves_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "model.onnx"
    broken.write_bytes(b"no graph")
    with pytest.raises(EngineError, match=r"cannot load model\.onnx"):
        opened(broken, tmp_path)
    assert [path.name for path in (tmp_path / "prepared").iterdir()] == [".lock"]


def test_a_missing_graph_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelCorrupt, match=r"model\.onnx is missing"):
        opened(tmp_path / "model.onnx", tmp_path)


def test_two_at_once_prepare_one_graph(graph: Path, tmp_path: Path) -> None:
    made: list[Session] = []
    threads = [threading.Thread(target=lambda: made.append(opened(graph, tmp_path))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 3
    assert prepared.is_prepared(graph, prepared_folder(tmp_path / "prepared"))


def test_what_a_killed_process_left_is_removed(graph: Path, tmp_path: Path) -> None:
    left = tmp_path / "prepared" / ".new-abcd_123"
    left.mkdir(parents=True)
    opened(graph, tmp_path)
    assert not left.exists()


def test_on_a_full_disk_the_graph_is_loaded_as_it_is(graph: Path, tmp_path: Path) -> None:
    expected = opened(graph, tmp_path).run(INPUTS, CancelToken())
    with mounted(tmp_path / "small", size_bytes=1 << 20) as folder:
        found = opened(graph, folder).run(INPUTS, CancelToken())
        assert [path.name for path in (folder / "prepared").iterdir()] == [".lock"]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_wrong_inputs_are_an_engine_error(graph: Path, tmp_path: Path) -> None:
    session = opened(graph, tmp_path)
    with pytest.raises(EngineError, match="ONNX Runtime failed"):
        session.run({**INPUTS, "style": np.ones((1, 5), np.float32)}, CancelToken())


def test_a_cancelled_run_is_interrupted(graph: Path, tmp_path: Path) -> None:
    session = opened(graph, tmp_path)
    token = CancelToken()
    token.cancel()
    with pytest.raises(Interrupted):
        session.run(INPUTS, token)


def stamps(root: Path) -> list[tuple[str, int]]:
    return sorted((path.name, path.stat().st_mtime_ns) for path in prepared_folder(root).iterdir())
