"""Whether a GPU can be used: every reason why not, with a driver made for the occasion; and that the CPU takes over."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from edge_tts import native
from edge_tts.cancel import CancelToken
from edge_tts.config.loading import load as load_config
from edge_tts.engines import loading, tuning
from edge_tts.engines import ways as engine_ways
from edge_tts.engines.model import ModelFiles
from edge_tts.engines.tuning import Figures, Way
from edge_tts.errors import EngineError
from edge_tts.graphs import gpu
from edge_tts.graphs.parts import Part
from edge_tts.graphs.prepared import prepare
from edge_tts.graphs.session import Bound, Session
from tests.support import tiny_voice
from tests.support.store_model import install

ROOT = Path(__file__).parents[2]
DRIVER = """
#include <string.h>
#include <stddef.h>
int cuInit(unsigned flags) { return %(status)d; }
int cuDriverGetVersion(int *version) { *version = %(version)d; return 0; }
int cuDeviceGet(int *device, int number) { *device = number; return 0; }
int cuDeviceGetName(char *name, int length, int device) { strncpy(name, "Imaginary 5000", length); return 0; }
int cuDeviceTotalMem_v2(size_t *bytes, int device) { *bytes = 8000000000; return 0; }
int cuGetErrorName(int status, const char **name) { *name = "CUDA_ERROR_NO_DEVICE"; return 0; }
"""
FIND = "from edge_tts.graphs import gpu; print(gpu.problem() or gpu.find())"

no_gpu_here = pytest.mark.skipif(not gpu.problem(), reason="this machine has a GPU that can be used")


def found(folder: Path, *, status: int = 0, version: int = 13000, driver: bool = True) -> str:
    """What is found with a driver that answers so, and an ONNX Runtime that was built with CUDA 13.2."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    capi = folder / "onnxruntime" / "capi"
    capi.mkdir(parents=True)
    (folder / "onnxruntime" / "__init__.py").touch()
    (capi / "libonnxruntime_providers_cuda.so").touch()
    (capi / "build_and_package_info.py").write_text("cuda_version = '13.2'\n")
    if driver:
        (folder / "driver.c").write_text(DRIVER % {"status": status, "version": version})
        command = [compiler, "-shared", "-fPIC", folder / "driver.c", "-o", folder / "libcuda.so.1"]
        subprocess.run(command, check=True)
    environment = {**os.environ, "PYTHONPATH": f"{folder}:{ROOT}", "LD_LIBRARY_PATH": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", FIND], env=environment, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_a_driver_with_a_gpu_is_asked_for_it(tmp_path: Path) -> None:
    assert found(tmp_path, version=13020) == "Gpu(name='Imaginary 5000', memory_bytes=8000000000, cuda=(13, 2))"


def test_an_older_driver_of_the_same_major_version_will_do(tmp_path: Path) -> None:
    assert "cuda=(13, 0)" in found(tmp_path, version=13000)


def test_a_driver_that_is_too_old_is_named_with_both_versions(tmp_path: Path) -> None:
    expected = "the NVIDIA driver is too old: it supports CUDA 12.8, this ONNX Runtime needs 13.0 or newer"
    assert found(tmp_path, version=12080) == expected


def test_a_driver_without_a_device_says_what_it_says(tmp_path: Path) -> None:
    expected = "the NVIDIA driver has no GPU to offer: CUDA_ERROR_NO_DEVICE, 100"
    assert found(tmp_path, status=100) == expected


@no_gpu_here
def test_a_machine_without_a_driver_is_told_so(tmp_path: Path) -> None:
    assert found(tmp_path, driver=False) == "there is no NVIDIA driver (libcuda.so.1)"


@no_gpu_here
def test_an_onnx_runtime_for_the_cpu_is_told_what_to_install() -> None:
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this ONNX Runtime can use a GPU")
    assert "for the CPU only; pip uninstall onnxruntime" in gpu.problem()
    with pytest.raises(EngineError, match="has no CUDAExecutionProvider"):
        gpu.check_libraries("cuda")


@pytest.mark.skipif(not native.LIBRARY.exists(), reason="built without a C compiler")
def test_the_libraries_that_a_library_needs_are_read_from_it(tmp_path: Path) -> None:
    assert "libc.so.6" in gpu.needed_libraries(native.LIBRARY)
    (tmp_path / "no library").write_bytes(b"no library at all")
    assert gpu.needed_libraries(tmp_path / "no library") == []


@pytest.fixture
def tiny(tmp_path: Path) -> ModelFiles:
    paths = load_config({"EDGE_TTS_HOME": str(tmp_path)}).paths
    return install(paths, tiny_voice.make(tmp_path / "tiny")).model.files_for_engine(paths.prepared)


@no_gpu_here
@pytest.mark.parametrize("provider", ["cuda", "tensorrt"])
def test_where_the_gpu_cannot_be_used_the_cpu_computes_and_the_reason_is_kept(
    tiny: ModelFiles, provider: str, caplog: pytest.LogCaptureFixture
) -> None:
    loaded = loading.load_best(tiny, 1, provider, load_config())
    assert loaded.way.device == "CPU"
    assert gpu.problem() in loaded.note
    assert f"tiny is {loaded.note}" in [record.getMessage() for record in caplog.records]
    loaded.engine.close()


@no_gpu_here
def test_a_measured_way_on_a_gpu_that_is_gone_gives_way_to_the_best_on_the_cpu(tiny: ModelFiles) -> None:
    ways = [Way("mixed", 2), Way("onnx", 1), Way("float", 2)]
    figures = [Figures(way, rtf, 0.1, 1000) for way, rtf in zip(ways, (0.1, 0.5, 0.6), strict=True)]
    tuning.write(tiny.prepared, tuning.choose(figures, 10_000))
    loaded = loading.load_best(tiny, 0, "auto", load_config())
    assert loaded.way == Way("onnx", 1)
    assert loaded.note.startswith("not computed with CUDA: ")
    loaded.engine.close()


@no_gpu_here
def test_nothing_is_prepared_for_a_gpu_that_cannot_be_used(tmp_path: Path) -> None:
    graph = tiny_voice.make(tmp_path / "tiny") / "model.onnx"
    with pytest.raises(EngineError) as refused:
        prepare(Part(graph, tmp_path / "prepared", "cuda"), load_config())
    assert str(refused.value) == gpu.problem()


@pytest.mark.parametrize("engine", ["kokoro", "fastspeech2", "sambert"])
def test_providers_decide_which_ways_there_are(engine: str) -> None:
    on_cpu = engine_ways.variants(engine)
    assert engine_ways.variants(engine, "auto") == (*on_cpu, "mixed", "cuda")
    assert engine_ways.variants(engine, "cuda") == ("mixed", "cuda")
    assert engine_ways.variants(engine, "tensorrt") == ("tensorrt",)
    assert not set(on_cpu) & set(tuning.GPU)


@pytest.mark.parametrize(
    ("provider", "chosen"), [("auto", Way("mixed", 2)), ("cuda", Way("mixed", 2)), ("cpu", Way("onnx", 1))]
)
def test_the_best_measured_way_of_the_provider_is_taken(tmp_path: Path, provider: str, chosen: Way) -> None:
    figures = [Figures(way, rtf, 0.1, 1) for way, rtf in ((Way("mixed", 2), 0.1), (Way("onnx", 1), 0.5))]
    tuning.write(tmp_path, tuning.choose(figures, 10))
    assert engine_ways.way("kokoro", tmp_path, 0, "", provider) == chosen
    assert engine_ways.way("kokoro", tmp_path / "unmeasured", 3, "", "auto").device == "CPU"
    assert engine_ways.way("kokoro", tmp_path, 0, "cuda", provider).variant == "cuda"


def test_bound_inputs_give_what_a_plain_run_gives_also_when_their_shape_changes(tmp_path: Path) -> None:
    graph = tiny_voice.make(tmp_path / "tiny") / "model.onnx"
    session = onnxruntime.InferenceSession(str(graph), providers=["CPUExecutionProvider"])
    bound, random = Bound(session, "cpu"), np.random.default_rng(0)
    for length in (4, 4, 9, 2, 4):
        inputs = {
            "tokens": random.integers(0, 256, (1, length)),
            "style": random.normal(size=(2, 256)).astype(np.float32)[1:],
            "speed": np.array([2.0], np.float32),
        }
        (audio,) = bound.run(inputs, onnxruntime.RunOptions())
        np.testing.assert_array_equal(audio, session.run(None, inputs)[0])


def test_a_session_that_gives_memory_back_computes_the_same(tmp_path: Path) -> None:
    graph = tiny_voice.make(tmp_path / "tiny") / "model.onnx"
    inputs = {
        "tokens": np.array([[0, 5, 9, 0]]),
        "style": np.ones((1, 256), np.float32),
        "speed": np.ones(1, np.float32),
    }
    kept, shrunk = (
        Session(prepare(Part(graph, tmp_path / "prepared"), load_config()), shrinks=shrinks)
        for shrinks in (False, True)
    )
    for _ in range(3):
        np.testing.assert_array_equal(kept.run(inputs, CancelToken()), shrunk.run(inputs, CancelToken()))
