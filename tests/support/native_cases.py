"""Convolutions of random shapes for the native code outside this process: sanitized, emulated or on other lanes."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_tts.native import layer as native
from edge_tts.native.layer import INPUTS, OWN_RANGE, Activation, Layer, Quantization
from scripts.build import build_native

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Case:
    x: NDArray[np.float32]
    weights: NDArray[Any]
    unit: float
    zero: int
    bias: NDArray[np.float32]
    how: Activation
    dilation: int
    first: int
    residual: NDArray[np.float32] | None
    out: NDArray[np.float32]
    gain: float
    accumulate: bool
    sums: bool
    units: NDArray[np.float32] | None = None
    input: Quantization = OWN_RANGE
    given: NDArray[np.uint8] | None = None
    also: Quantization | None = None


ALSO_SLOPE = 0.3
"""Of the leaky ReLU before the output becomes bytes."""


def random_case(random: np.random.Generator) -> Case:
    """A shape of any kind: no rows at all, one channel, dilations longer than the signal, strides with room between."""
    rows, out_rows = (int(random.choice([0, 1, 11, 12, 13, 143, 144, 145, random.integers(1, 500)])) for _ in range(2))
    inputs, outputs, taps = int(random.integers(1, 70)), int(random.integers(1, 300)), int(random.integers(1, 12))
    taps, dilation = (taps, int(random.choice([1, 3, 5, 1000]))) if taps < 4 else (taps, int(random.integers(1, 6)))
    room = int(random.integers(0, 9))
    of_bytes = bool(random.integers(0, 2))
    parts = [random.uniform(0.3, 2, inputs).astype(np.float32) for _ in range(4)]
    how = [Activation(slope=0.1), Activation(*parts[:2], slope=0.2), Activation(*parts)][int(random.integers(0, 3))]
    shape = (outputs, inputs, taps)
    case = Case(
        x=random.normal(size=(rows, inputs + room)).astype(np.float32)[:, :inputs],
        weights=random.integers(0, 256, shape, np.uint8) if of_bytes else random.normal(size=shape).astype(np.float32),
        unit=0.01 if of_bytes else 1.0,
        zero=int(random.integers(0, 256)) if of_bytes else 0,
        bias=random.normal(size=outputs).astype(np.float32),
        how=how,
        dilation=dilation,
        first=int(random.integers(-40, 40)),
        residual=random.normal(size=(out_rows, outputs + room)).astype(np.float32) if random.integers(0, 2) else None,
        out=random.normal(size=(out_rows, outputs + room)).astype(np.float32),
        gain=0.5,
        accumulate=bool(random.integers(0, 2)),
        sums=bool(random.integers(0, 2)),
    )
    return quantized(case, random) if of_bytes else case


def quantized(case: Case, random: np.random.Generator) -> Case:
    """The same with steps of each output, with a range that is known, with an input and an output of bytes, or not."""
    outputs, inputs, _ = case.weights.shape
    kind = int(random.integers(0, 3))
    case = replace(case, units=random.uniform(0.5, 2, outputs).astype(np.float32) if random.integers(0, 2) else None)
    if random.integers(0, 2):
        case = replace(case, also=Quantization(20.0, int(random.integers(0, 256))))
    if not kind:
        return case
    y = active(case)
    low, high = y.min(initial=0.0), y.max(initial=0.1)
    steps = float(np.float32(255 / (high - low)))
    known = replace(case, input=Quantization(steps, round(-low * steps)))
    if kind == 1:
        return known
    rows = random.integers(0, 256, (len(case.x), inputs + -inputs % INPUTS), np.uint8)
    rows[:, inputs:] = known.input.zero
    return replace(known, given=rows, how=Activation())


def layer(case: Case) -> Layer:
    packed = native.pack(case.weights, case.bias, case.unit, case.zero)
    units = None if case.units is None else np.pad(case.units, (0, len(packed.bias) - len(case.units)))
    return replace(packed, dilation=case.dilation, first=case.first, units=units, input=case.input)


def encode(case: Case) -> bytes:
    """The case as run_cases.c reads it."""
    packed, how = layer(case), case.how
    rows, channels = case.x.shape
    wide = case.x.base if case.x.base is not None else case.x
    wholes = (
        rows, wide.shape[1], channels, channels + -channels % INPUTS, packed.weights.shape[1], packed.dilation,
        packed.first, packed.outputs, case.out.shape[0], case.out.shape[1], case.accumulate, case.sums,
        case.input.zero, case.also.zero if case.also else 0,
    )  # fmt: skip
    arrays = (
        wide, how.scale, how.shift, how.frequency, how.amplitude, packed.weights, packed.sums, packed.bias,
        case.residual, case.out, packed.units, case.given,
        np.zeros(case.out.shape, np.uint8) if case.also else None,
    )  # fmt: skip
    after = (case.input.steps, case.also.steps if case.also else 0, ALSO_SLOPE)
    numbers = struct.pack("<14q7f", *wholes, how.slope, packed.unit, packed.zero, case.gain, *after)
    contents = [b"" if array is None else array.tobytes() for array in arrays]
    return numbers + b"".join(struct.pack("<q", len(content)) + content for content in contents)


def expected(case: Case) -> NDArray[np.float64]:
    """The definition."""
    outputs, _, taps = case.weights.shape
    out_rows, reach = len(case.out), (taps - 1) * case.dilation
    before = max(-case.first, 0)
    after = max(case.first + out_rows + reach - len(case.x), 0)
    padded = np.pad(active(case), ((before, after), (0, 0)))
    weights = exact(case)
    out = np.zeros((out_rows, outputs)) + case.bias
    for tap in range(taps):
        start = before + case.first + tap * case.dilation
        out += padded[start : start + out_rows] @ weights[:, :, tap].T
    if case.residual is not None:
        out += case.residual[:, :outputs]
    return case.gain * out + (case.out[:, :outputs] if case.accumulate else 0)


def exact(case: Case) -> NDArray[np.float64]:
    """The weights."""
    weights = (case.weights.astype(np.float64) - case.zero) * case.unit
    return weights if case.units is None else weights * case.units[:, np.newaxis, np.newaxis]


def active(case: Case) -> NDArray[np.float64]:
    if case.given is not None:
        return (case.given[:, : case.x.shape[1]].astype(np.float64) - case.input.zero) / case.input.steps
    how, y = case.how, case.x.astype(np.float64)
    if how.scale is not None and how.shift is not None:
        y = y * how.scale + how.shift
    if how.frequency is not None and how.amplitude is not None:
        return y + how.amplitude * np.sin(np.pi * y * how.frequency) ** 2  # type: ignore[no-any-return]
    return np.where(y < 0, how.slope * y, y)


def allowed(case: Case) -> float:
    """The largest error: eight deviations of the sum of what rounding does to each product."""
    y, (_, inputs, taps) = active(case), case.weights.shape
    weights = exact(case)
    step = (y.max(initial=0.0) - y.min(initial=0.0)) / 255 / 12**0.5  # of a number rounded to eight bits
    rounding = step if case.weights.dtype == np.uint8 else np.abs(y).max(initial=1.0) * 1e-6
    return float(8 * rounding * np.sqrt(inputs * taps * np.square(weights).mean()) * case.gain + 1e-4)


def compare(cases: Sequence[Case], results: bytes) -> float:
    """Check what run_cases has written; return the largest error, of what is allowed."""
    worst, at = 0.0, 0
    for number, case in enumerate(cases):
        outputs = len(case.weights)
        out = np.frombuffer(results, np.float32, case.out.size, at).reshape(case.out.shape)
        at += out.nbytes
        np.testing.assert_array_equal(
            out[:, outputs:], case.out[:, outputs:], f"case {number} writes beside its output"
        )
        at += check_bytes(case, out, results, at)
        moments = np.frombuffer(results, np.float64, 2 * outputs * case.sums, at).reshape(-1, outputs)
        at += moments.nbytes
        out = out[:, :outputs].astype(np.float64)
        error = float(np.abs(out - expected(case)).max(initial=0.0) / allowed(case))
        assert error <= 1, f"case {number}: {error:.2f} of the error that is allowed"
        worst = max(worst, error)
        if case.sums:
            size = np.abs(out).sum(axis=0)
            np.testing.assert_array_less(np.abs(moments[0] - out.sum(axis=0)), 1e-4 * size + 1e-6)
            np.testing.assert_allclose(moments[1], np.square(out).sum(axis=0), rtol=1e-4, atol=1e-6)
    assert at == len(results)
    return worst


def check_bytes(case: Case, out: NDArray[np.float32], results: bytes, at: int) -> int:
    """Check the output as bytes; return how many there are."""
    if case.also is None:
        return 0
    outputs = len(case.weights)
    found = np.frombuffer(results, np.uint8, out.size, at).reshape(out.shape)
    assert not found[:, outputs:].any()
    active = np.where(out < 0, ALSO_SLOPE * out, out)[:, :outputs].astype(np.float64)
    wanted = np.clip(np.floor(active * case.also.steps + case.also.zero + 0.5), 0, 255)
    assert np.abs(found[:, :outputs] - wanted).max(initial=0) <= 1
    return found.size


def compile_runner(folder: Path, cc: Sequence[str], lanes: Mapping[str, Sequence[str]], *flags: str) -> Path:
    """Compile run_cases with the lanes that are given with their flags; return the program."""
    native_folder, made = build_native.SOURCES, []
    for name, own in lanes.items():
        made.append(str(folder / f"{name}.o"))
        run(
            [
                *cc,
                *build_native.FLAGS,
                *flags,
                f"-DLANES_NAME={name}",
                *own,
                "-c",
                native_folder / "lanes.c",
                "-o",
                made[-1],
            ]
        )
    defines = [f"-DHAVE_{name}" for name in lanes]
    program = folder / "run_cases"
    run(
        [
            *cc,
            *build_native.FLAGS,
            *flags,
            *defines,
            HERE / "native" / "run_cases.c",
            *made,
            "-o",
            program,
            "-pthread",
            "-lm",
        ]
    )
    return program


def check(command: Sequence[str | Path], cases: Sequence[Case]) -> float:
    """Run a program over the cases; return the largest error, of what is allowed."""
    return compare(cases, run(command, b"".join(map(encode, cases))))


def run(command: Sequence[str | Path], content: bytes = b"") -> bytes:
    """Run a program; what it says when it fails becomes the error."""
    done = subprocess.run([str(part) for part in command], input=content, capture_output=True)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise AssertionError(f"{Path(command[0]).name} ends with {done.returncode}: {said[-3000:]}")
    return done.stdout
