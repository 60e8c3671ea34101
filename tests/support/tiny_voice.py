"""A tiny voice in Kokoro's format, generated: the real engine, ONNX Runtime and store, without any download."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SAMPLES_PER_TOKEN = 600
SYMBOLS = ";:,.!?—… aoeiuyɤəɛɔʊɚɨɥjwptkmnfslxhʂɕɻʦʨꭧŋʰ→↗↓↘ˈˌbdɡvzrθðʃʒʧʤɹɑæʌɜɪʔɾᵊᵻAIOQSTWY"
VOICES = ("ming", "hong")


def make(folder: Path) -> Path:
    """Write the model's files and its manifest; return the folder."""
    (folder / "voices").mkdir(parents=True)
    random = np.random.default_rng(1)
    (folder / "model.onnx").write_bytes(_graph(random).SerializeToString())
    vocabulary = {symbol: number for number, symbol in enumerate(SYMBOLS, start=1)}
    (folder / "vocab.json").write_text(json.dumps({"vocab": vocabulary}), encoding="utf-8")
    for voice in VOICES:
        table = random.standard_normal((510, 256)).astype("<f4")
        (folder / "voices" / f"{voice}.bin").write_bytes(table.tobytes())
    (folder / "manifest.toml").write_text(_manifest(folder), encoding="utf-8")
    return folder


def _graph(random: np.random.Generator) -> onnx.ModelProto:
    """audio = tanh(embedding[tokens] · mix + style · colour) / speed"""

    def weights(name: str, *shape: int) -> onnx.TensorProto:
        return numpy_helper.from_array((random.standard_normal(shape) / 16).astype(np.float32), name)

    nodes = [
        helper.make_node("Gather", ["embedding", "tokens"], ["embedded"]),
        helper.make_node("MatMul", ["embedded", "mix"], ["mixed"]),
        helper.make_node("MatMul", ["style", "colour"], ["coloured"]),
        helper.make_node("Add", ["mixed", "coloured"], ["sum"]),
        helper.make_node("Tanh", ["sum"], ["bounded"]),
        helper.make_node("Div", ["bounded", "speed"], ["scaled"]),
        helper.make_node("Reshape", ["scaled", "flat"], ["audio"]),
    ]
    inputs = [
        helper.make_tensor_value_info("tokens", TensorProto.INT64, [1, "n"]),
        helper.make_tensor_value_info("style", TensorProto.FLOAT, [1, 256]),
        helper.make_tensor_value_info("speed", TensorProto.FLOAT, [1]),
    ]
    outputs = [helper.make_tensor_value_info("audio", TensorProto.FLOAT, ["samples"])]
    initializers = [
        weights("embedding", 256, 512),
        weights("mix", 512, SAMPLES_PER_TOKEN),
        weights("colour", 256, SAMPLES_PER_TOKEN),
        numpy_helper.from_array(np.array([-1], np.int64), "flat"),
    ]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def _manifest(folder: Path) -> str:
    files = {"model.onnx": "graph", "vocab.json": "vocabulary", **{f"voices/{name}.bin": "voice" for name in VOICES}}
    sizes = {path: (folder / path).stat().st_size for path in files}
    text = f"""
name = "tiny"
version = "1"
description = "Generated for tests"
engine = "kokoro"
sample_rate = 24000
languages = ["zh", "en"]
tones = "lexical"
default_voice = "{VOICES[0]}"
[licences]
code = "Apache-2.0"
weights = "Apache-2.0"
data = "none"
[needs]
download_bytes = 0
installed_bytes = {sum(sizes.values())}
prepared_bytes = 0
memory_bytes = 0
"""
    for voice in VOICES:
        text += f'[[voices]]\nname = "{voice}"\nlanguage = "zh"\n'
    for path, role in files.items():
        digest = hashlib.sha256((folder / path).read_bytes()).hexdigest()
        text += f'[[files]]\npath = "{path}"\nrole = "{role}"\nsize = {sizes[path]}\nsha256 = "{digest}"\n'
    return text
