"""Compare the graphs that are built for the voice baker with a plain conversion of its TensorFlow Lite models.

In an environment of its own, with the model installed:
    pip install -e '.[cpu]' tensorflow-cpu tf2onnx tflite
    python -m scripts.evaluate.quality.compare_baker
The plain conversion is tf2onnx's. The two random dropouts, which keep the acoustic model from being converted, are
replaced by their mean. What is printed: how far our graphs are from it, and TensorFlow Lite, which computes in 8 bits
with 8-bit weights; and times, interleaved. For the distances ONNX Runtime runs the plain conversion as it is written,
in float32; for the times as it optimises it, which is in 8 bits here and there.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_tts import store, text  # before onnxruntime, whose telemetry it switches off
from edge_tts.config.loading import load as load_config
from edge_tts.graphs.parts import Part
from edge_tts.graphs.prepared import prepare

# isort: split
import numpy as np
import onnx
import onnxruntime
import tensorflow as tf
import tf2onnx
import tflite
from numpy.typing import NDArray

from edge_tts.cancel import CancelToken
from edge_tts.engines.baker import acoustic_graph, melgan_graph, melgan_native
from edge_tts.engines.baker.engine import _numbers
from edge_tts.engines.baker.melgan import empty
from edge_tts.engines.baker.melgan_weights import HOP
from edge_tts.engines.baker.symbols import symbols, units

ROOT = Path(__file__).resolve().parents[3]

Array = NDArray[np.float32]

SENTENCES = (
    "你好。",
    "今天天气真好，我们一起去公园散步吧。",
    "请在听到提示音以后，按屏幕上的按钮，取走您的票据。",
    "下一班开往机场的列车，将在十四点零五分从三号站台发车。",
    "一点儿也不难，只要照着说明书一步一步来就行了。",
    "昨晚的雨下得很大，早上起来院子里落满了桂花。",
)
PLAIN, LITE = "plain conversion", "TensorFlow Lite"


@dataclass(frozen=True, slots=True)
class Spoken:
    """What an acoustic model made of a sentence: mel (frames, 80) and the frames of each symbol."""

    mel: Array
    durations: NDArray[np.int64]


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1, help="threads of every graph")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each graph that are timed")
    options = parser.parse_args()
    paths = load_config().paths
    model = store.find(paths, "baker").files_for_engine(paths.prepared)
    acoustic, vocoder = (model.files[role][0] for role in ("acoustic", "vocoder"))
    known = _numbers(model.files["symbols"][0])
    lines = [
        np.array([known[symbol] for symbol in symbols(list(units(sentence.words)))], np.int64)
        for written in SENTENCES
        for sentence in text.analyze(written)
    ]
    with tempfile.TemporaryDirectory() as folder:
        patched = Path(folder) / "acoustic.tflite"
        patched.write_bytes(without_dropout(acoustic.read_bytes()))
        plain_acoustic, plain_vocoder = converted(patched, Path(folder)), converted(vocoder, Path(folder))
        exact = session(plain_acoustic, options.threads, optimised=False)
        fast = session(plain_acoustic, options.threads)
        graph = session(melgan_graph.build(vocoder), options.threads)
        weights = prepare(Part(melgan_native.derived(vocoder), Path(folder) / "native"), load_config())
        native = melgan_native.Vocoder(weights, options.threads)
        ours: dict[str, Callable[[Array], Array]] = {
            "native": lambda mel: native.stream().feed(mel, CancelToken(), last=True),
            "ONNX Runtime": lambda mel: vocode(graph, mel),
        }
        speakers: dict[str, Callable[[NDArray[np.int64]], Spoken]] = {
            PLAIN: lambda line: speak_plain(exact, line),
            **{kind: speaker(acoustic, kind, options.threads) for kind in ("float", "int8")},
            LITE: lambda line: speak_tflite(patched, line),
        }
        compare_vocoders(plain_vocoder, ours, [speakers[PLAIN](line).mel for line in lines])
        compare_acoustic(speakers, ours["native"], lines)
        speakers[PLAIN] = lambda line: speak_plain(fast, line)
        compare_times(speakers, session(plain_vocoder, options.threads), ours, lines, options.rounds)


def speaker(path: Path, kind: str, threads: int) -> Callable[[NDArray[np.int64]], Spoken]:
    """Return what speaks with our graph of one kind of arithmetic."""
    graph = session(acoustic_graph.build(path, "int8" if kind == "int8" else "float"), threads)
    controls = {name: np.ones(1, np.float32) for name in ("speed", "pitch", "energy")}
    return lambda line: Spoken(*graph.run(None, {"symbols": line, **controls}))


def compare_vocoders(plain: bytes, ours: Mapping[str, Callable[[Array], Array]], mels: Sequence[Array]) -> None:
    """Print how near our vocoders' waveforms are to the plain conversion's, after the same mel-spectrograms."""
    print("vocoder: signal to difference from the plain conversion, worst of the sentences")
    for name, content in (("without its rounding to 8 bits", without_rounding(plain)), ("with it", plain)):
        graph = session(content, 1, optimised=False)
        expected = [graph.run(None, {graph.get_inputs()[0].name: mel[np.newaxis]})[0].reshape(-1) for mel in mels]
        for kind, vocoder in ours.items():
            worst = min(decibels(one, one - vocoder(mel)) for one, mel in zip(expected, mels, strict=True))
            print(f"    {f'{kind}, {name}':46} {worst:6.1f} dB")


def compare_acoustic(
    speakers: Mapping[str, Any], vocoder: Callable[[Array], Array], lines: Sequence[NDArray[np.int64]]
) -> None:
    """Print how far each acoustic model is from the plain conversion."""
    print("acoustic model: symbols whose frames differ, mel difference, log-spectral distance after our vocoder")
    expected = [speakers[PLAIN](line) for line in lines]
    for name, speak in speakers.items():
        found = [distances(one, speak(line), vocoder) for one, line in zip(expected, lines, strict=True)]
        differ, mel, spectral = np.mean(found, axis=0)
        print(f"    {name:36} {differ:6.1%}  {mel:8.5f}  {spectral:5.2f} dB")


def compare_times(
    speakers: Mapping[str, Any],
    plain: Any,
    ours: Mapping[str, Callable[[Array], Array]],
    lines: Sequence[NDArray[np.int64]],
    rounds: int,
) -> None:
    """Print seconds for a second of audio, each graph in turn, medians."""
    mels = [speakers[PLAIN](line).mel for line in lines]
    seconds = sum(map(len, mels)) * HOP / 24_000
    jobs: dict[str, Callable[[], object]] = {
        **{
            f"acoustic, {name}": lambda speak=speakers[name]: [speak(line) for line in lines]  # type: ignore[misc]
            for name in (PLAIN, "float", "int8")
        },
        f"vocoder, {PLAIN}": lambda: [plain.run(None, {plain.get_inputs()[0].name: mel[np.newaxis]}) for mel in mels],
        **{
            f"vocoder, {kind}": lambda vocoder=vocoder: [vocoder(mel) for mel in mels]  # type: ignore[misc]
            for kind, vocoder in ours.items()
        },
    }
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            started = time.perf_counter()
            job()
            times[name].append(time.perf_counter() - started)
    factors = {name: float(np.median(taken)) / seconds for name, taken in times.items()}
    print("synthesis seconds for a second of audio")
    for name, factor in factors.items():
        print(f"    {name:36} {factor:.4f}")
    whole = factors[f"acoustic, {PLAIN}"] + factors[f"vocoder, {PLAIN}"]
    for kind in ("float", "int8"):
        print(f"    plain : {kind:5} {whole / (factors[f'acoustic, {kind}'] + factors['vocoder, native']):.2f}")


def distances(one: Spoken, other: Spoken, vocoder: Callable[[Array], Array]) -> tuple[float, float, float]:
    """Return the share of symbols whose frames differ, the mean mel difference, and log-spectral distance, dB.

    Frames are compared symbol by symbol, as many as both have.
    """
    frames = aligned(one.durations, other.durations)
    mel = float(np.abs(one.mel[frames[0]] - other.mel[frames[1]]).mean())
    spectra = [log_spectra(vocoder(spoken.mel))[index] for spoken, index in zip((one, other), frames, strict=True)]
    loud = spectra[0].max(axis=1) > spectra[0].max() - 60  # in silence a difference is not heard
    spectral = np.sqrt(np.square(spectra[0] - spectra[1]).mean(axis=1))[loud].mean()
    return float((one.durations != other.durations).mean()), mel, float(spectral)


def aligned(one: NDArray[np.int64], other: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the frames of both that belong to the same place of the same symbol."""
    starts = [np.cumsum(durations) - durations for durations in (one, other)]
    common = np.minimum(one, other)
    places = np.concatenate([np.arange(count) for count in common])
    first, second = (np.repeat(start, common) + places for start in starts)
    return first, second


def log_spectra(audio: Array) -> Array:
    """Return log power spectra, dB, one for each frame."""
    padded = np.pad(audio, (512, 512))
    frames = np.lib.stride_tricks.sliding_window_view(padded, 1024)[::HOP][: len(audio) // HOP]
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(1024).astype(np.float32))))
    return np.asarray(10 * np.log10(power + 1e-7), np.float32)


def decibels(signal: Array, difference: Array) -> float:
    """Return the ratio of powers, dB."""
    return float(10 * np.log10(np.square(signal).sum() / max(np.square(difference).sum(), 1e-12)))


def vocode(graph: Any, mel: Array) -> Array:
    """Return the samples of our vocoder."""
    kept = empty({entry.name: entry.shape for entry in graph.get_inputs()})
    return np.asarray(graph.run(["audio"], {"mel": mel, "edges": np.ones(2, np.int64), **kept})[0])


def speak_plain(graph: Any, line: NDArray[np.int64]) -> Spoken:
    """Return what the plain conversion makes of symbols."""
    values = {"input_ids": line[np.newaxis].astype(np.int32), "speaker_ids": np.zeros(1, np.int32)}
    values |= {name: np.ones(1, np.float32) for name in ("speed_ratios", "f0_ratios", "energy_ratios")}
    inputs = {entry.name: values[entry.name] for entry in graph.get_inputs()}
    mel, durations = graph.run(["Identity_1", "Identity_2"], inputs)
    return Spoken(mel[0], durations[0].astype(np.int64))


def speak_tflite(path: Path, line: NDArray[np.int64]) -> Spoken:
    """Return what TensorFlow Lite makes of symbols; it computes the 8-bit weights in 8 bits."""
    interpreter = tf.lite.Interpreter(model_path=str(path))
    inputs = {entry["name"]: entry["index"] for entry in interpreter.get_input_details()}
    outputs = {entry["name"]: entry["index"] for entry in interpreter.get_output_details()}
    interpreter.resize_tensor_input(inputs["input_ids"], [1, len(line)])
    interpreter.allocate_tensors()
    interpreter.set_tensor(inputs["input_ids"], line[np.newaxis].astype(np.int32))
    interpreter.set_tensor(inputs["speaker_ids"], np.zeros(1, np.int32))
    for name in ("speed_ratios", "f0_ratios", "energy_ratios"):
        interpreter.set_tensor(inputs[name], np.ones(1, np.float32))
    interpreter.invoke()
    durations = interpreter.get_tensor(outputs["Identity_2"])[0].astype(np.int64)
    return Spoken(interpreter.get_tensor(outputs["Identity_1"])[0], durations)


def session(content: bytes, threads: int, *, optimised: bool = True) -> Any:
    """Return a session of a graph."""
    options = onnxruntime.SessionOptions()
    level = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = level.ORT_ENABLE_ALL if optimised else level.ORT_DISABLE_ALL
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def converted(path: Path, folder: Path) -> bytes:
    """Return tf2onnx's conversion of a TensorFlow Lite model."""
    target = folder / "converted.onnx"
    tf2onnx.convert.from_tflite(str(path), opset=17, output_path=str(target))
    return target.read_bytes()


def without_rounding(content: bytes) -> bytes:
    """Return the vocoder's conversion without the pair of operators that rounds the bands to 8 bits."""
    model = onnx.load_from_string(content)
    made = {output: node for node in model.graph.node for output in node.output}
    for node in model.graph.node:
        if node.op_type == "QuantizeLinear":
            source, rounded = node.input[0], node.output[0]
            node.op_type = "Identity"
            del node.input[1:]
            node.input[0], node.output[0] = source, rounded
        elif node.op_type == "DequantizeLinear" and node.input[0] in made:
            node.op_type = "Identity"
            del node.input[1:]
    del model.graph.value_info[:]
    return bytes(model.SerializeToString())


def without_dropout(content: bytes) -> bytes:
    """Return the acoustic model with each random dropout replaced by its mean.

    A dropout multiplies by 2 and then by a random 0 or 1. The second factor becomes the model's own constant 0.5, and
    the operator that made random numbers one that TensorFlow Lite has itself; its output is no longer used.
    """
    data = bytearray(content)
    model = tflite.Model.GetRootAs(data, 0)
    graph = model.Subgraphs(0)
    names = {value: name for name, value in vars(tflite.BuiltinOperator).items() if not name.startswith("_")}
    codes = [model.OperatorCodes(index) for index in range(model.OperatorCodesLength())]
    kinds = [names[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())] for code in codes]
    operators = [graph.Operators(index) for index in range(graph.OperatorsLength())]
    makers = {int(output): operator for operator in operators for output in operator.OutputsAsNumpy()}
    tensors = [graph.Tensors(index).Name() for index in range(graph.TensorsLength())]
    half = tensors.index(b"dropout_56/dropout/GreaterEqual/y")

    def kind(tensor: int) -> str:
        return kinds[makers[tensor].OpcodeIndex()] if tensor in makers else ""

    for operator in operators:
        if kinds[operator.OpcodeIndex()] == "CUSTOM":
            _put(data, operator._tab.Pos + operator._tab.Offset(4), kinds.index("CAST"))
        if kinds[operator.OpcodeIndex()] == "MUL":
            for place, tensor in enumerate(map(int, operator.InputsAsNumpy())):
                if kind(tensor) == "CAST" and kind(int(makers[tensor].Inputs(0))) == "GREATER_EQUAL":
                    _put(data, operator._tab.Vector(operator._tab.Offset(6)) + 4 * place, half)
    return bytes(data)


def _put(data: bytearray, place: int, value: int) -> None:
    data[place : place + 4] = value.to_bytes(4, "little")


if __name__ == "__main__":
    main()
