"""Makes a model that can be installed of a downloaded Sambert-HiFiGAN package.

Method and names: KAN-TTS (MIT). The graphs are built straight from the tensors, so that neither PyTorch nor the
original code is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from edge_tts.convert.checkpoints.weights import arrays
from edge_tts.convert.graph import Graph
from edge_tts.convert.quantization import receptive_field
from edge_tts.convert.sambert import acoustic_graphs, hifigan_graph, vocabulary
from edge_tts.convert.sambert import layers as sambert_layers
from edge_tts.convert.sambert.languages import languages
from edge_tts.convert.sambert.mels import mel_format
from edge_tts.convert.sambert.package import VoicePackage
from edge_tts.convert.sambert.settings_file import at, whole
from edge_tts.engines.sambert.voice import FILE_NAME, NEEDS_PITCH, SambertVoice, Vocoder
from edge_tts.errors import ConversionError

Tensors = Mapping[str, NDArray[np.float32]]
Report = Callable[[str], None]

_LEAKY = 0.1


@dataclass(frozen=True, slots=True)
class Converted:
    """A voice whose graphs are built.

    Attributes:
        settings: the content of voice.json.
        graphs: the graphs, by file name.
        speakers: vectors, shape (speakers, S).
        emotions: vectors, shape (emotions, E).
        languages: codes of those that it speaks, its own first.
    """

    settings: SambertVoice
    graphs: Mapping[str, Graph]
    speakers: NDArray[np.float32]
    emotions: NDArray[np.float32]
    languages: tuple[str, ...]

    def without_graphs(self) -> Converted:
        """Return the same without the graphs, which are large, once they are written."""
        return replace(self, graphs={})


def voice(
    package: VoicePackage, break_emotion: Literal["none", "same"] = "none", other: VoicePackage | None = None
) -> Converted:
    """Build the graphs and settings of one voice.

    Args:
        package: the voice.
        break_emotion: whether breaks have the emotion of their sentence.
        other: a voice whose vocoder is to speak this one's mels.

    Raises:
        ConversionError: a checkpoint is damaged, of a kind that is not supported, or the other vocoder does not fit.
    """
    if other is not None:
        _check_fit(package, other)
        package = replace(package, vocoder=other.vocoder, vocoder_config=other.vocoder_config)
    acoustic = arrays(package.acoustic, "model")
    generator = arrays(package.vocoder, "model", "generator")
    params = at(package.acoustic_config, "Model", "KanTtsSAMBERT", "params")
    spoken = _languages(package)
    _refuse_unsupported(package, params, acoustic)
    settings = _settings(package, params, acoustic, generator, break_emotion)
    heads = settings.heads
    graphs = {
        "encoder.onnx": acoustic_graphs.encoder(
            acoustic, whole(params, "encoder_num_heads", 8), _shift(params, "predictor")
        ),
        "duration.onnx": acoustic_graphs.duration(acoustic),
        "memory_keys.onnx": acoustic_graphs.memory_keys(acoustic, heads),
        "decoder_step.onnx": acoustic_graphs.decoder_step(acoustic, heads),
        "postnet.onnx": acoustic_graphs.postnet(acoustic, _shift(params, "postnet")),
        "vocoder.onnx": hifigan_graph.vocoder(generator, generator_settings(package.vocoder_config)),
    }
    return Converted(settings, graphs, _speakers(package, acoustic), acoustic["emo_tokenizer.weight"], spoken)


def _check_fit(package: VoicePackage, other: VoicePackage) -> None:
    """Refuse the vocoder of another voice if it was trained on mels of another kind."""
    formats = []
    for one in (package, other):
        params = at(one.vocoder_config, "Model", "Generator", "params")
        hop = int(np.prod(generator_settings(one.vocoder_config).scales))
        formats.append(mel_format(one, hop, whole(params, "in_channels", 80)))
    if formats[0] != formats[1]:
        raise ConversionError(
            f"the vocoder of {other.name} cannot speak {package.name}: {formats[0].unlike(formats[1])}"
        )


def _languages(package: VoicePackage) -> tuple[str, ...]:
    unit = at(package.acoustic_config, "linguistic_unit").get("language")
    said = {"model.lang_type of configuration.json": package.language, "linguistic_unit.language of config.yaml": unit}
    return languages(package.name, said)


def _refuse_unsupported(package: VoicePackage, params: Mapping[str, Any], acoustic: Tensors) -> None:
    features = str(at(package.acoustic_config, "linguistic_unit").get("lfeat_type_list", ""))
    if params.get("using_byte") or features.startswith("byte_index"):
        raise ConversionError(f"voice {package.name} reads bytes, not phones; such packages are not supported")
    if params.get("FP"):
        raise ConversionError(f"voice {package.name} predicts filled pauses; such packages are not supported")
    if "text_encoder.sy_emb.weight" not in acoustic:
        raise ConversionError(f"{package.acoustic} has no text_encoder.sy_emb.weight, it is no Sambert acoustic model")


def generator_settings(config: Mapping[str, Any]) -> hifigan_graph.Generator:
    """Return the settings of a vocoder from its config.yaml.

    Raises:
        ConversionError: something is missing, or of a kind that is not supported.
    """
    params = at(config, "Model", "Generator", "params")
    if whole(params, "out_channels", 1) != 1:
        raise ConversionError(f"the vocoder gives {params['out_channels']} bands, only those that give one are read")
    try:
        return hifigan_graph.Generator(
            scales=tuple(map(int, params["upsample_scales"])),
            dilations=tuple(tuple(map(int, one)) for one in params["resblock_dilations"]),
            causal=bool(params.get("causal", True)),
            slope=float(at(params, "nonlinear_activation_params").get("negative_slope", _LEAKY)),
            source=bool(params.get("nsf_params")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ConversionError(f"the vocoder's config.yaml has no usable {error}") from error


def _settings(
    package: VoicePackage, params: Mapping[str, Any], acoustic: Tensors, generator: Tensors, break_emotion: Any
) -> SambertVoice:
    vocoder = generator_settings(package.vocoder_config)
    mels = hifigan_graph.fuse(generator)["conv_pre.conv1d.weight"].shape[1]
    mel = mel_format(package, int(np.prod(vocoder.scales)), mels)
    kernels = {name.removesuffix(".weight_v"): value.shape[2] for name, value in generator.items() if value.ndim == 3}
    past, ahead = receptive_field.frames(kernels, vocoder)
    harmonics = generator["source_module.ffn.0.weight_v"].shape[1] if vocoder.source else 0
    heads = whole(params, "decoder_num_heads", 8)
    taps = acoustic["mel_postnet.fsmn.memory_block_lst.0.conv_dw.weight"].shape[2] // 2
    layers, shift = sambert_layers.count(acoustic, "mel_postnet.fsmn.ffn_lst."), _shift(params, "postnet")
    scale, offset = _pitch(package, params) if _predicts_pitch(package, acoustic, mels) else (0.0, 0.0)
    if vocoder.source and not scale:
        raise ConversionError(f"voice {package.name}: {NEEDS_PITCH}")
    return SambertVoice(
        name=package.name,
        **_vocabularies(package, acoustic),
        break_emotion=break_emotion,
        outputs_per_step=_per_step(params, acoustic),
        heads=heads,
        decoder_layers=sambert_layers.count(acoustic, "mel_decoder.mel_dec.pnca."),
        decoder_size=acoustic["mel_decoder.mel_dec.ln.weight"].shape[0] // heads,
        postnet_past=layers * (taps + shift),
        postnet_ahead=layers * (taps - shift),
        postnet_size=acoustic["mel_postnet.lstm.weight_hh_l0"].shape[1],
        pitch_scale=scale,
        pitch_offset=offset,
        mel=mel,
        vocoder=Vocoder("vocoder.onnx", past, ahead, harmonics, mel),
    )


def _per_step(params: Mapping[str, Any], acoustic: Tensors) -> int:
    found = whole(params, "outputs_per_step", 3)
    values, frame = (
        len(acoustic[name]) for name in ("mel_decoder.mel_dec.dec_out_proj.weight", "mel_postnet.fc.weight")
    )
    if found * frame != values:
        raise ConversionError(f"config.yaml: {found} frames of {frame} values in a step, the decoder gives {values}")
    return found


def _predicts_pitch(package: VoicePackage, acoustic: Tensors, mels: int) -> bool:
    """Return whether the frames have pitch and voicing behind the mels."""
    rows = acoustic["mel_postnet.fc.weight"].shape[0]
    if rows not in (mels, mels + 2):
        raise ConversionError(f"voice {package.name}: its frames have {rows} values, its vocoder takes {mels} mels")
    return bool(rows != mels)


def _vocabularies(package: VoicePackage, acoustic: Tensors) -> dict[str, Any]:
    def entries(kind: str, names: Sequence[str], table: str) -> tuple[str, ...]:
        return tuple(vocabulary.table(kind, tuple(names), len(acoustic[table])))

    speakers = str(at(package.acoustic_config, "linguistic_unit").get("speaker_list", "")).split(",")
    embedded = "spk_tokenizer.weight" in acoustic
    return {
        "symbols": entries("phones", (*vocabulary.PHONES, *vocabulary.BREAKS), "text_encoder.sy_emb.weight"),
        "tones": entries("tones", vocabulary.TONES, "text_encoder.tone_emb.weight"),
        "syllable_flags": entries("syllable flags", vocabulary.SYLLABLE_FLAGS, "text_encoder.syllable_flag_emb.weight"),
        "word_places": entries("places in the word", vocabulary.WORD_PLACES, "text_encoder.ws_emb.weight"),
        "emotions": entries("emotions", vocabulary.EMOTIONS, "emo_tokenizer.weight"),
        "speakers": entries("speakers", speakers, "spk_tokenizer.weight") if embedded else (package.name,),
    }


def _speakers(package: VoicePackage, acoustic: Tensors) -> NDArray[np.float32]:
    if "spk_tokenizer.weight" in acoustic:
        return acoustic["spk_tokenizer.weight"]
    vector = _array(package.embedding, "the speaker's vector").reshape(1, -1).astype(np.float32)
    width = acoustic_graphs.speaker_width(acoustic)
    if vector.shape[1] != width or not np.isfinite(vector).all():
        raise ConversionError(f"{package.embedding} has {vector.shape[1]} values, expected {width} numbers")
    return vector


def _pitch(package: VoicePackage, params: Mapping[str, Any]) -> tuple[float, float]:
    """Return what turns a predicted pitch into Hz: a factor and what is added."""
    kind = params.get("nsf_norm_type", "mean_std")
    if kind == "global":
        low = float(params.get("nsf_f0_global_minimum", 30.0))
        return float(params.get("nsf_f0_global_maximum", 730.0)) - low, low
    if kind != "mean_std":
        raise ConversionError(f"voice {package.name} normalises pitch by {kind!r}, expected mean_std or global")
    statistics = _array(package.statistics, "mean and deviation of the pitch").reshape(-1)
    if statistics.shape != (2,):
        raise ConversionError(f"{package.statistics} has {statistics.size} values, expected mean and deviation")
    if not np.isfinite(statistics).all() or statistics[1] <= 0:
        raise ConversionError(f"{package.statistics} has mean and deviation {statistics.tolist()}, expected Hz")
    return float(statistics[1]), float(statistics[0])


def _array(path: Path, what: str) -> NDArray[Any]:
    try:
        return np.load(path, allow_pickle=False)  # type: ignore[no-any-return]
    except (OSError, ValueError) as error:
        raise ConversionError(f"{path} with {what} cannot be read: {error}") from error


def _shift(params: Mapping[str, Any], network: str) -> int:
    return whole(params, f"{network}_shift", {"predictor": 0, "postnet": 17}[network])


def write(converted: Converted, folder: Path) -> Iterator[Path]:
    """Write a voice's files into a new folder and yield each path."""
    folder.mkdir()
    for name, graph in converted.graphs.items():
        graph.save(folder / name)
        yield folder / name
    for name, table in (("speakers.npy", converted.speakers), ("emotions.npy", converted.emotions)):
        np.save(folder / name, table)
        yield folder / name
    (folder / FILE_NAME).write_text(converted.settings.as_json(), encoding="utf-8")
    yield folder / FILE_NAME
