"""Writes a converted package as a model folder: graphs, settings, licence and manifest, ready to be installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edge_tts.convert import manifest_text, memory_need
from edge_tts.convert.manifest_text import LICENCE
from edge_tts.convert.quantization import calibration, lengths, quantize
from edge_tts.convert.quantization.fidelity import Feeds, Recorder, Runner
from edge_tts.convert.quantization.lengths import Lengths
from edge_tts.convert.sambert import conversion
from edge_tts.convert.sambert.package import VoicePackage, blamed, voice_at, voices
from edge_tts.convert.trial import try_out, understood
from edge_tts.convert.unfinished import unfinished
from edge_tts.engines.sambert.acoustic import AcousticModel
from edge_tts.errors import ConversionError
from edge_tts.store.manifest import FILE_NAME as MANIFEST
from edge_tts.store.manifest import parse
from edge_tts.store.published.texts import decoded
from edge_tts.system.replacing import replacing

Precision = Literal["fp32", "int8", "auto"]
Report = Callable[[str, int, int], None]
"""Is told what is being done, how many steps are done, and how many there are."""
Announce = Callable[[int], None]
"""Is told before a conversion starts how many bytes of memory it may take."""

_PRODUCTS = ("encoder", "memory_keys", "decoder_step", "postnet")
"""Graphs whose products are quantized; durations are computed in float: a small error moves whole frames."""
_LICENCE_BYTES = 1_000_000  # most that is copied
_STEPS = 3  # of a voice: read and build, quantize, write


@dataclass(frozen=True, slots=True)
class Options:
    """How to convert.

    Attributes:
        voices: names of those wanted, none for all.
        precision: fp32; int8; or auto, int8 as far as the audio allows.
        break_emotion: whether breaks have the emotion of their sentence.
        speakers: whether every speaker of a voice's table becomes a voice of its own, `VOICE.SPEAKER`; others than the
            first may never have been trained.
        vocoder: folder of a voice, `voices/NAME` of a package, whose vocoder to use instead; None for each one's own.
        name: the model's name, "" for one made of its voices.
        version: the model's version, "" for one made of the precision.
        acoustic_checkpoint: replaces the acoustic model of the one voice; its config.yaml is two levels above.
        vocoder_checkpoint: replaces the vocoder of the one voice, likewise.
    """

    voices: tuple[str, ...] = ()
    precision: Precision = "auto"
    break_emotion: Literal["none", "same"] = "none"
    speakers: bool = False
    vocoder: Path | None = None
    name: str = ""
    version: str = ""
    acoustic_checkpoint: Path | None = None
    vocoder_checkpoint: Path | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """What was converted.

    Attributes:
        name: the model's name.
        folder: the model's folder.
        voices: the names of its voices.
        bytes: the size of all its files.
        graphs: how those of each voice were quantized; empty for fp32.
        lengths: what that did to the durations of each voice.
    """

    name: str
    folder: Path
    voices: tuple[str, ...]
    bytes: int
    graphs: dict[str, dict[str, quantize.Quantized]]
    lengths: dict[str, Lengths]

    @property
    def vocoders(self) -> dict[str, quantize.Quantized]:
        """How each voice's vocoder was quantized."""
        return {voice: found["vocoder"] for voice, found in self.graphs.items()}


@dataclass(frozen=True, slots=True)
class _Made:
    """What became of a voice: its languages, and in 8 bits its graphs and lengths."""

    languages: tuple[str, ...]
    graphs: dict[str, quantize.Quantized] | None = None
    lengths: Lengths | None = None


def convert(
    package: Path,
    out: Path,
    options: Options,
    report: Report = lambda *_: None,
    announce: Announce = lambda _: None,
) -> Summary:
    """Convert a package into a new folder, which appears complete, its voices tried out, or not at all.

    Args:
        package: downloaded ModelScope package, or one of the other folders that `package.voices` reads.
        out: folder to make.
        options: how.
        report: is told of progress.
        announce: is told before it starts how many bytes of memory it may take.

    Raises:
        ConversionError: the package cannot be converted, there is too little memory, or `out` exists or cannot be
            written.
    """
    if out.exists():
        raise ConversionError(f"{out} exists; expected the name of a folder to make")
    wanted = voices(package, options.voices, options.acoustic_checkpoint, options.vocoder_checkpoint)
    need = 0
    for one in wanted:
        with blamed(one.name, [other.name for other in wanted]):
            need = max(need, memory_need.of_voice(one, quantized=options.precision != "fp32"))
    announce(need)
    memory_need.require(need)
    memory_need.return_freed()
    try:
        return _convert(package, wanted, out, options, report)
    except OSError as error:
        raise ConversionError(f"{out} cannot be written: {error.strerror or error}") from error
    except MemoryError as error:
        raise memory_need.too_little(need) from error


def _convert(package: Path, wanted: Sequence[VoicePackage], out: Path, options: Options, report: Report) -> Summary:
    with unfinished(out.parent) as scratch:
        folder = scratch / "model"
        folder.mkdir()
        made: dict[str, _Made] = {}
        for number, voice in enumerate(wanted):

            def step(what: str, done: int, name: str = voice.name, before: int = _STEPS * number) -> None:
                report(f"{name}: {what}", before + done, _STEPS * len(wanted))

            with blamed(voice.name, [one.name for one in wanted]):
                made[voice.name] = _voice(voice, folder / voice.name, options, step)
        (folder / LICENCE).write_text(_licence(package), encoding="utf-8")
        text = _describe(folder, {name: one.languages for name, one in made.items()}, options)
        (folder / MANIFEST).write_text(text, encoding="utf-8")
        model = parse(text, str(out / MANIFEST))
        folder.rename(out)
    graphs = {name: one.graphs for name, one in made.items() if one.graphs}
    changed = {name: one.lengths for name, one in made.items() if one.lengths}
    return Summary(model.name, out, tuple(made), model.needs.installed_bytes, graphs, changed)


def _describe(folder: Path, voices: Mapping[str, Sequence[str]], options: Options) -> str:
    return manifest_text.describe(
        folder,
        voices,
        options.precision,
        every_speaker=options.speakers,
        name=options.name,
        version=options.version,
        vocoder=options.vocoder.name.lower() if options.vocoder else "",
    )


def _voice(package: VoicePackage, folder: Path, options: Options, step: Callable[[str, int], None]) -> _Made:
    """Write the files of a voice."""
    step("reading checkpoints, building graphs", 0)
    other = voice_at(options.vocoder) if options.vocoder else None
    with understood(f"the checkpoints of voice {package.name} do not fit together"):
        converted = conversion.voice(package, options.break_emotion, other)
    for _ in conversion.write(converted, folder):
        pass
    converted = converted.without_graphs()
    try_out(converted, folder)
    if options.precision == "fp32":
        return _Made(converted.languages)
    step("speaking sentences to measure by", 1)
    with understood(f"voice {package.name} cannot be quantized"):
        return _quantized(converted, folder, options.precision, step)


def _quantized(
    converted: conversion.Converted, folder: Path, precision: Precision, step: Callable[[str, int], None]
) -> _Made:
    """Quantize the graphs of a voice in their places."""
    voice = converted.settings
    graphs = calibration.recorders(folder)
    sentences = calibration.said(converted.languages)
    model = AcousticModel(voice, graphs)
    frames = calibration.mels(voice, model, converted.speakers, converted.emotions, sentences)
    runs = {name: graph.runs for name, graph in graphs.items()}
    del graphs, model  # their sessions take as much as the graphs
    step("quantizing", 2)
    found = {}
    for name in runs:
        make = quantize.products if name in _PRODUCTS else quantize.stored
        with replacing(folder / f"{name}.onnx", durable=False) as target:
            found[name] = make(folder / f"{name}.onnx", target, runs[name])
    changed = lengths.compare(folder, runs["encoder"], runs["duration"])
    runs.clear()
    feeds = list(calibration.vocoder_pieces(voice, frames))
    found["vocoder"] = _vocoder(folder / "vocoder.onnx", feeds, must=precision == "int8")
    return _Made(converted.languages, found, changed)


def _vocoder(path: Path, feeds: Sequence[Feeds], *, must: bool) -> quantize.Quantized:
    """Quantize a vocoder in its place, calibrated with half of the inputs and measured with the other."""
    half = len(feeds) // 2
    graph = Recorder(Runner.load(path))
    for feed in feeds[half:]:
        graph.run_all(feed)
    with replacing(path, durable=False) as target:
        return quantize.vocoder(path, target, feeds[:half], graph.runs, must=must)


def _licence(package: Path) -> str:
    """Return what the package says of its licence: its own file, else the head of its card."""
    for name in ("LICENSE", "LICENSE.txt", "LICENSE.md"):
        if (package / name).is_file():
            return _beginning(package / name)
    card = package / "README.md"
    text = _beginning(card) if card.is_file() else ""
    return text or "The package says nothing of a licence; look at the page that it was downloaded from.\n"


def _beginning(path: Path) -> str:
    with path.open("rb") as file:
        return decoded(file.read(_LICENCE_BYTES))
