"""Writes a converted package as a model folder: graphs, settings, licence and manifest, ready to be installed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edge_tts.convert import calibration, manifest_text, quantize, sambert
from edge_tts.convert.fidelity import Feeds, Recorder, Runner
from edge_tts.convert.manifest_text import LICENCE
from edge_tts.convert.package import VoicePackage, blamed, voice_at, voices
from edge_tts.convert.trial import try_out, understood
from edge_tts.engines.sambert_acoustic import AcousticModel
from edge_tts.errors import ConversionError
from edge_tts.store.manifest import FILE_NAME as MANIFEST
from edge_tts.store.manifest import parse

Precision = Literal["fp32", "int8", "auto"]
Report = Callable[[str, int, int], None]
"""Is told what is being done, how many steps are done, and how many there are."""

_PRODUCTS = ("encoder", "memory_keys", "decoder_step", "postnet")
"""Graphs whose products are quantized; durations are computed in float: a small error moves whole frames."""
_LICENCE_CHARACTERS = 1_000_000  # most that is copied
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
        name: of the model, "" for one made of its voices.
        version: of the model, "" for one made of the precision.
    """

    voices: tuple[str, ...] = ()
    precision: Precision = "auto"
    break_emotion: Literal["none", "same"] = "none"
    speakers: bool = False
    vocoder: Path | None = None
    name: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """What was converted.

    Attributes:
        name: of the model.
        folder: where it is.
        voices: by name.
        bytes: of all files.
        graphs: how those of each voice were quantized; empty for fp32.
    """

    name: str
    folder: Path
    voices: tuple[str, ...]
    bytes: int
    graphs: dict[str, dict[str, quantize.Quantized]]

    @property
    def vocoders(self) -> dict[str, quantize.Quantized]:
        """How each voice's vocoder was quantized."""
        return {voice: found["vocoder"] for voice, found in self.graphs.items()}


def convert(package: Path, out: Path, options: Options, report: Report = lambda *_: None) -> Summary:
    """Convert a package into a new folder, which appears complete, its voices tried out, or not at all.

    Args:
        package: downloaded ModelScope package.
        out: folder to make.
        options: how.
        report: is told of progress.

    Raises:
        ConversionError: the package cannot be converted, or `out` exists or cannot be written.
    """
    if out.exists():
        raise ConversionError(f"{out} exists; expected the name of a folder to make")
    wanted = voices(package, options.voices)
    try:
        return _convert(package, wanted, out, options, report)
    except OSError as error:
        raise ConversionError(f"{out} cannot be written: {error.strerror or error}") from error


def _convert(package: Path, wanted: Sequence[VoicePackage], out: Path, options: Options, report: Report) -> Summary:
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".convert-", dir=out.parent) as scratch:
        folder = Path(scratch) / "model"
        folder.mkdir()
        graphs = {}
        for number, voice in enumerate(wanted):

            def step(what: str, done: int, name: str = voice.name, before: int = _STEPS * number) -> None:
                report(f"{name}: {what}", before + done, _STEPS * len(wanted))

            with blamed(voice.name, [one.name for one in wanted]):
                if found := _voice(voice, folder / voice.name, options, step):
                    graphs[voice.name] = found
        (folder / LICENCE).write_text(_licence(package), encoding="utf-8")
        text = _describe(folder, [voice.name for voice in wanted], options)
        (folder / MANIFEST).write_text(text, encoding="utf-8")
        model = parse(text, str(out / MANIFEST))
        folder.rename(out)
    return Summary(model.name, out, tuple(voice.name for voice in wanted), model.needs.installed_bytes, graphs)


def _describe(folder: Path, voices: Sequence[str], options: Options) -> str:
    return manifest_text.describe(
        folder,
        voices,
        options.precision,
        every_speaker=options.speakers,
        name=options.name,
        version=options.version,
        vocoder=options.vocoder.name.lower() if options.vocoder else "",
    )


def _voice(
    package: VoicePackage, folder: Path, options: Options, step: Callable[[str, int], None]
) -> dict[str, quantize.Quantized]:
    """Write the files of a voice; return how its graphs were quantized."""
    step("reading checkpoints, building graphs", 0)
    other = voice_at(options.vocoder) if options.vocoder else None
    with understood(f"the checkpoints of voice {package.name} do not fit together"):
        converted = sambert.voice(package, options.break_emotion, other)
    for _ in sambert.write(converted, folder):
        pass
    try_out(converted, folder)
    if options.precision == "fp32":
        return {}
    step("speaking sentences to measure by", 1)
    graphs = calibration.recorders(folder)
    model = AcousticModel(converted.settings, graphs)
    frames = calibration.mels(converted.settings, model, converted.speakers, converted.emotions)
    step("quantizing", 2)
    found = {}
    for name, graph in graphs.items():
        make = quantize.products if name in _PRODUCTS else quantize.stored
        with _replacing(folder / f"{name}.onnx") as target:
            found[name] = make(folder / f"{name}.onnx", target, graph.runs)
    feeds = list(calibration.vocoder_feeds(converted.settings, frames))
    return {**found, "vocoder": _vocoder(folder / "vocoder.onnx", feeds, must=options.precision == "int8")}


def _vocoder(path: Path, feeds: Sequence[Feeds], *, must: bool) -> quantize.Quantized:
    """Quantize a vocoder in its place, scaled by half of the inputs and measured by the other."""
    half = len(feeds) // 2
    graph = Recorder(Runner.load(path))
    for feed in feeds[half:]:
        graph.run_all(feed)
    with _replacing(path) as target:
        return quantize.vocoder(path, target, feeds[:half], graph.runs, must=must)


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Yield where to write what then takes the place of a file."""
    target = path.with_suffix(".new")
    yield target
    target.replace(path)


def _licence(package: Path) -> str:
    """Return what the package says of its licence: its own file, else the head of its card."""
    for name in ("LICENSE", "LICENSE.txt", "LICENSE.md"):
        if (package / name).is_file():
            return _beginning(package / name)
    card = package / "README.md"
    text = _beginning(card) if card.is_file() else ""
    return text or "The package says nothing of a licence; look at the page that it was downloaded from.\n"


def _beginning(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(_LICENCE_CHARACTERS)
