"""The native convolutions against NumPy, with the loops of every instruction set that this machine has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge_tts.errors import EngineError
from edge_tts.native import convolution as native
from edge_tts.native.convolution import Pool
from edge_tts.native.layer import Activation, Layer, OutputSums
from tests.support.native_lanes import LANES

pytestmark = pytest.mark.skipif(not native.LIBRARY.exists(), reason="built without a C compiler")

FLOAT_ERROR = 1e-5
BYTE_ERROR = 0.03
"""Largest error of the output's standard deviation: of eight bits, of both factors."""


@pytest.fixture(scope="module", params=LANES)
def pool(request: pytest.FixtureRequest) -> Iterator[Pool]:
    try:
        opened = Pool(3, request.param)
    except EngineError:
        pytest.skip(f"this machine has no {request.param}")
    yield opened
    opened.close()


@st.composite
def shapes(draw: st.DrawFn) -> dict[str, int]:
    sizes = {"rows": 400, "inputs": 70, "outputs": 70, "taps": 7, "dilation": 5}
    drawn = {name: draw(st.integers(1, most)) for name, most in sizes.items()}
    return {**drawn, "out_rows": draw(st.integers(1, 400)), "first": draw(st.integers(-40, 40))}


def convolution(
    weights: NDArray[np.float64], active: NDArray[np.float64], shape: dict[str, int]
) -> NDArray[np.float64]:
    """The definition: rows beyond the ends are zero."""
    reach = (shape["taps"] - 1) * shape["dilation"]
    padded = np.pad(active, ((41, shape["out_rows"] + reach + 41), (0, 0)))
    out = np.zeros((shape["out_rows"], len(weights)))
    for tap in range(shape["taps"]):
        start = 41 + shape["first"] + tap * shape["dilation"]
        out += padded[start : start + shape["out_rows"]] @ weights[:, :, tap].T
    return out


def snake(x: NDArray[np.float32], a: Activation) -> NDArray[np.float64]:
    assert a.scale is not None
    assert a.shift is not None
    assert a.frequency is not None
    assert a.amplitude is not None
    y = x.astype(np.float64) * a.scale + a.shift
    return y + a.amplitude * np.sin(np.pi * y * a.frequency) ** 2


def placed(layer: Layer, shape: dict[str, int]) -> Layer:
    return replace(layer, dilation=shape["dilation"], first=shape["first"])


@settings(deadline=None, max_examples=40)
@given(shape=shapes(), seed=st.integers(0, 1000))
def test_float_weights_give_the_definition_with_snake_residual_gain_and_moments(
    pool: Pool, shape: dict[str, int], seed: int
) -> None:
    random = np.random.default_rng(seed)
    x = random.normal(size=(shape["rows"], shape["inputs"])).astype(np.float32)
    weights = random.normal(size=(shape["outputs"], shape["inputs"], shape["taps"])).astype(np.float32)
    bias, residual = (
        random.normal(size=size).astype(np.float32)
        for size in (shape["outputs"], (shape["out_rows"], shape["outputs"]))
    )
    parts = [random.uniform(0.3, 2, shape["inputs"]).astype(np.float32) for _ in range(4)]
    how = Activation(*parts)
    out = np.ones_like(residual)
    moments = np.empty((2, shape["outputs"]))
    layer = placed(native.pack(weights, bias), shape)
    pool.convolve(layer, x, out, how, residual=residual, gain=0.5, accumulate=True, sums=OutputSums(moments))
    expected = 1 + 0.5 * (convolution(weights.astype(np.float64), snake(x, how), shape) + bias + residual)
    np.testing.assert_allclose(out, expected, atol=FLOAT_ERROR * 100 * expected.std() + 1e-4)
    np.testing.assert_allclose(moments[0], out.sum(axis=0, dtype=np.float64), atol=0.01)
    np.testing.assert_allclose(moments[1], np.square(out, dtype=np.float64).sum(axis=0), rtol=1e-4)


@settings(deadline=None, max_examples=40)
@given(shape=shapes(), zero=st.integers(0, 255), seed=st.integers(0, 1000))
def test_weights_of_eight_bits_give_the_definition_but_for_quantization(
    pool: Pool, shape: dict[str, int], zero: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    x = random.normal(size=(shape["rows"], shape["inputs"])).astype(np.float32)
    weights = random.integers(0, 256, (shape["outputs"], shape["inputs"], shape["taps"]), np.uint8)
    out = np.empty((shape["out_rows"], shape["outputs"]), np.float32)
    layer = placed(native.pack(weights, None, 0.01, zero), shape)
    pool.convolve(layer, x, out, Activation(slope=0.2))
    active = np.where(x < 0, 0.2 * x, x).astype(np.float64)
    exact = (weights.astype(np.float64) - zero) * 0.01
    expected = convolution(exact, active, shape)
    step = (max(active.max(), 0) - min(active.min(), 0)) / 255
    most = 0.51 * step * np.abs(exact).sum(axis=(1, 2)).max()
    np.testing.assert_allclose(out, expected, atol=most + 1e-4)


def test_the_result_does_not_depend_on_the_number_of_threads(pool: Pool) -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(1000, 48)).astype(np.float32)
    layer = native.pack(random.integers(0, 256, (300, 48, 3), np.uint8), None, 0.01, 99)
    results = []
    for threads in (1, 2, 5):
        other = Pool(threads, pool.lanes)
        out, moments = np.empty((998, 300), np.float32), np.empty((2, 300))
        other.convolve(layer, x, out, Activation(), sums=OutputSums(moments))
        other.close()
        results.append((out, moments))
    for out, moments in results[1:]:
        np.testing.assert_array_equal(out, results[0][0])
        np.testing.assert_array_equal(moments, results[0][1])


def test_all_loops_make_the_same_integers() -> None:
    """An input of whole numbers up to 255 is quantized exactly."""
    random = np.random.default_rng(0)
    x = random.integers(0, 256, (200, 33)).astype(np.float32)
    x[::7] = [[0] + [255] * 32]  # in every tile
    layer = native.pack(random.integers(0, 256, (40, 33, 5), np.uint8), None, 1.0, 7)
    exact = layer.weights.astype(np.int64)
    assert exact.min() == -128
    results = {}
    for name in LANES:
        try:
            opened = Pool(2, name)
        except EngineError:
            continue
        out = np.empty((196, 40), np.float32)
        opened.convolve(layer, x, out, Activation())
        opened.close()
        results[name] = out
    for out in results.values():
        np.testing.assert_array_equal(out, results["portable"])


def test_rows_count_in_the_moments_as_often_as_they_are_told_to(pool: Pool) -> None:
    x = np.random.default_rng(0).normal(size=(300, 20)).astype(np.float32)
    counts = np.ones(300, np.float32)
    counts[7], counts[200] = 5, 0
    out, moments = np.empty((300, 9), np.float32), np.empty((2, 9))
    layer = native.pack(np.ones((9, 20, 1), np.float32), None)
    pool.convolve(layer, x, out, Activation(), sums=OutputSums(moments, counts))
    repeated = np.repeat(out, counts.astype(int), axis=0).astype(np.float64)
    np.testing.assert_allclose(moments, [repeated.sum(axis=0), np.square(repeated).sum(axis=0)], rtol=1e-4, atol=1e-3)


def test_channels_beside_those_of_the_output_are_left_alone(pool: Pool) -> None:
    whole = np.full((50, 40), 7, np.float32)
    x = np.ones((50, 16), np.float32)
    pool.convolve(native.pack(np.ones((9, 16, 1), np.float32), None), x, whole[:, 3:12], Activation())
    np.testing.assert_array_equal(whole[:, 3:12], 16)
    np.testing.assert_array_equal(whole[:, :3], 7)
    np.testing.assert_array_equal(whole[:, 12:], 7)


def test_unknown_loops_are_refused() -> None:
    with pytest.raises(EngineError, match="no mmx loops"):
        Pool(1, "mmx")


def test_without_a_library_there_is_nothing_native(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(native, "LIBRARY", tmp_path / "libconvolution.so")
    assert not native.available()
    (tmp_path / "libconvolution.so").write_bytes(b"no library")
    assert not native.available()


def test_a_library_that_computes_wrongly_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    if not native.available():
        pytest.skip("this machine has the portable loops only")
    original = native.pack
    monkeypatch.setattr(native, "pack", lambda weights, *rest: original(weights ^ 1, *rest))
    assert native.available(), "an error in the last bit is within what quantization does"
    monkeypatch.setattr(native, "pack", lambda weights, *rest: original(weights ^ 64, *rest))
    assert not native.available()


def test_a_build_without_a_compiler_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from scripts.build import build_native

    monkeypatch.setenv("CC", "no-such-compiler")
    assert build_native.build() == []
    assert "no C compiler" in capsys.readouterr().err
