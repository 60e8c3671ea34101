"""A Sambert-HiFiGAN package in the real layout, small enough to convert and speak in a moment; weights are random."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.support import pth, training

Tensors = dict[str, NDArray[np.float32]]

CARD = "---\nlicense: Apache License 2.0\ntasks:\n- text-to-speech\n---\n# A voice of random numbers\n"
SPEAKERS = "F7,F74,FBYN,FRXL,M7,xiaoyu"
HEADS, WIDTH, UNITS, PART, TAPS = 2, 16, 8, 4, 5


@dataclass(frozen=True)
class Kind:
    """What a package is like.

    Attributes:
        rate: Hz.
        mels: bands.
        scales: of the vocoder's stages.
        channels: of its first stage.
        causal: whether the vocoder looks back only.
        nsf: whether pitch is predicted, and the vocoder has a source.
        se: whether the speaker is a vector.
        mask: whether the tables have a row for it.
        seed: of the weights.
    """

    rate: int = 16000
    mels: int = 8
    scales: tuple[int, ...] = (10, 5, 2, 2)
    channels: int = 16
    causal: bool = True
    nsf: bool = False
    se: bool = False
    mask: bool = True
    seed: int = 1


def write(out: Path, *voices: str, kind: Kind | None = None, trained: bool = True) -> Path:
    """Write a package with these voices, and with what a trainer keeps beside them; return its folder."""
    kind = kind or Kind()
    (out / "voices").mkdir(parents=True)
    model = {"type": "sambert-hifigan", "lang_type": "pinyin", "sample_rate": kind.rate}
    (out / "configuration.json").write_text(json.dumps({"framework": "pytorch", "model": model}))
    (out / "README.md").write_text(CARD)
    (out / "resource.zip").write_bytes(b"the closed front end")
    (out / "voices" / "voices.json").write_text(json.dumps({"voices": voices}))
    for number, voice in enumerate(voices):
        write_voice(out / "voices" / voice, kind, kind.seed + 1000 * number, trained=trained)
    return out


def write_voice(folder: Path, kind: Kind, seed: int, *, trained: bool = True) -> None:
    spoken, sounded = acoustic(kind, seed), vocoder(kind, seed + 7)
    beside = training.acoustic(spoken) if trained else {"model": spoken}
    pth.save(folder / "am" / "ckpt" / "checkpoint_0.pth", beside)
    beside = training.vocoder(sounded) if trained else {"model": {"generator": sounded}}
    pth.save(folder / "voc" / "ckpt" / "checkpoint_1.pth", beside)
    for name, content in (("am", acoustic_config(kind)), ("voc", vocoder_config(kind))):
        (folder / name / "config.yaml").write_text(json.dumps(content))
    (folder / "audio_config.yaml").write_text(json.dumps({"audio_config": audio_config(kind)}))
    if kind.nsf:
        np.save(folder / "am" / "mvn.npy", np.array([[200.0], [60.0]]))
    if kind.se:
        np.save(folder / "am" / "se.npy", np.random.default_rng(seed).standard_normal((1, PART)).astype(np.float32))


def acoustic_config(kind: Kind) -> dict[str, Any]:
    params = {
        "num_mels": kind.mels + 2 * kind.nsf,
        "encoder_num_heads": HEADS,
        "decoder_num_heads": HEADS,
        "outputs_per_step": 3,
        "predictor_shift": 0,
        "postnet_shift": 1,
        "NSF": kind.nsf,
        "SE": kind.se,
    }
    features = "sy,tone,syllable_flag,word_segment,emo_category,speaker_category"
    unit = {"lfeat_type_list": features, "speaker_list": SPEAKERS}
    return {"model_type": "sambert", "linguistic_unit": unit, "Model": {"KanTtsSAMBERT": {"params": params}}}


def vocoder_config(kind: Kind) -> dict[str, Any]:
    params: dict[str, Any] = {
        "in_channels": kind.mels,
        "out_channels": 1,
        "causal": kind.causal,
        "upsample_scales": kind.scales,
        "resblock_dilations": [[1], [1], [1]],
        "nonlinear_activation_params": {"negative_slope": 0.1},
    }
    if kind.nsf:
        params["nsf_params"] = {"nb_harmonics": 7, "sampling_rate": kind.rate}
    return {"model_type": "hifigan", "Model": {"Generator": {"params": params}}}


def audio_config(kind: Kind) -> dict[str, Any]:
    hop = math.prod(kind.scales)
    return {
        **{"sampling_rate": kind.rate, "hop_length": hop, "win_length": 5 * hop, "n_fft": 2048, "n_mels": kind.mels},
        **{"fmin": 0.0, "fmax": kind.rate / 2, "norm_type": "mean_std", "max_norm": 1.0},
    }


def acoustic(kind: Kind, seed: int) -> Tensors:
    found = _random(_acoustic_shapes(kind), seed)
    found["variance_adaptor.duration_predictor.fc.bias"][:] = 1.2  # log(frames + 1): a few frames a token
    if kind.nsf:
        found["mel_postnet.fc.bias"][-1] = 0.6
    return found


def vocoder(kind: Kind, seed: int) -> Tensors:
    found = _random(_vocoder_shapes(kind), seed)
    found["conv_post.conv1d.weight_g"] *= np.float32(0.1)
    return found


def _random(shapes: Mapping[str, tuple[int, ...]], seed: int) -> Tensors:
    rng = np.random.default_rng(seed)
    found = {}
    for name, shape in shapes.items():
        fan = math.prod(shape[1:]) if len(shape) > 1 else 20
        found[name] = (rng.standard_normal(shape) / math.sqrt(fan)).astype(np.float32)
    for name in shapes:
        if name.endswith("weight_g"):
            rows = found[name.removesuffix("g") + "v"]
            found[name] = np.sqrt(np.square(rows).reshape(len(rows), -1).sum(1)).reshape(-1, 1, 1)
    return found


def _acoustic_shapes(kind: Kind) -> dict[str, tuple[int, ...]]:
    less, frame = 0 if kind.mask else 1, kind.mels + 2 * kind.nsf
    found: dict[str, tuple[int, ...]] = {}

    def linear(name: str, out: int, into: int, *, kernel: int = 0, bias: bool = True) -> None:
        found[f"{name}.weight"] = (out, into, kernel) if kernel else (out, into)
        if bias:
            found[f"{name}.bias"] = (out,)

    def norm(name: str, width: int) -> None:
        found[f"{name}.weight"] = found[f"{name}.bias"] = (width,)

    def lstm(name: str, into: int, layer: str = "l0") -> None:
        for part, width in (("ih", into), ("hh", UNITS)):
            found[f"{name}.weight_{part}_{layer}"] = (4 * UNITS, width)
            found[f"{name}.bias_{part}_{layer}"] = (4 * UNITS,)

    def feed_forward(name: str, kernel: int) -> None:
        linear(f"{name}.w_1", 2 * UNITS, UNITS, kernel=kernel)
        linear(f"{name}.w_2", UNITS, 2 * UNITS, kernel=1)
        norm(f"{name}.layer_norm", UNITS)

    def memory(name: str, into: int, layers: int) -> None:
        for layer in range(layers):
            linear(f"{name}.ffn_lst.{layer}.w_1", 2 * UNITS, into if not layer else UNITS, kernel=1)
            linear(f"{name}.ffn_lst.{layer}.w_2", UNITS, 2 * UNITS, kernel=1, bias=False)
            found[f"{name}.memory_block_lst.{layer}.conv_dw.weight"] = (UNITS, 1, TAPS)

    for table, rows in (("sy", 147), ("tone", 10), ("syllable_flag", 8), ("ws", 8)):
        found[f"text_encoder.{table}_emb.weight"] = (rows - less, WIDTH)
    for layer in range(2):
        prefix, into = f"text_encoder.ling_enc.fft.{layer}", UNITS if layer else WIDTH
        norm(f"{prefix}.slf_attn.layer_norm", into)
        linear(f"{prefix}.slf_attn.w_qkv", 3 * UNITS, into)
        linear(f"{prefix}.slf_attn.fc", UNITS, UNITS)
        feed_forward(f"{prefix}.pos_ffn", 3)
    norm("text_encoder.ling_enc.ln", UNITS)
    linear("text_encoder.ling_proj", PART, UNITS, bias=False)
    if not kind.se:
        found["spk_tokenizer.weight"] = (9 - less, PART)
    found["emo_tokenizer.weight"] = (36 - less, PART)
    for name in ("pitch", "energy"):
        prefix = f"variance_adaptor.{name}_predictor"
        memory(f"{prefix}.fsmn", 3 * PART, 2)
        lstm(f"{prefix}.blstm", UNITS)
        lstm(f"{prefix}.blstm", UNITS, "l0_reverse")
        linear(f"{prefix}.fc", 1, 2 * UNITS)
        linear(f"variance_adaptor.{name}_emb", PART, 1, kernel=9)
    prefix = "variance_adaptor.duration_predictor"
    linear(f"{prefix}.prenet.fcs.0", UNITS, 1)
    linear(f"{prefix}.prenet.fcs.3", UNITS, UNITS)
    lstm(f"{prefix}.lstm", UNITS + 3 * PART)
    lstm(f"{prefix}.lstm", UNITS, "l1")
    linear(f"{prefix}.fc", 1, UNITS)
    decoder = "mel_decoder.mel_dec"
    for layer, (out, into) in enumerate(((UNITS, frame), (UNITS, UNITS), (UNITS, UNITS))):
        linear(f"{decoder}.prenet.fcs.{3 * layer}", out, into)
    linear(f"{decoder}.dec_in_proj", UNITS, 5 * PART + UNITS)
    for layer in range(2):
        prefix = f"{decoder}.pnca.{layer}.pnca_attn"
        norm(f"{prefix}.layer_norm", UNITS)
        linear(f"{prefix}.w_x_qkv", 3 * UNITS, UNITS)
        linear(f"{prefix}.w_h_kv", 2 * UNITS, 5 * PART)
        for name in ("fc_x", "fc_h"):
            linear(f"{prefix}.{name}", UNITS, UNITS)
        feed_forward(f"{decoder}.pnca.{layer}.pos_ffn", 1)
    norm(f"{decoder}.ln", UNITS)
    linear(f"{decoder}.dec_out_proj", 3 * frame, UNITS)
    memory("mel_postnet.fsmn", frame, 2)
    lstm("mel_postnet.lstm", UNITS)
    linear("mel_postnet.fc", frame, UNITS)
    return found


def _vocoder_shapes(kind: Kind) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}

    def conv(name: str, out: int, into: int, kernel: int) -> None:
        found[f"{name}.weight_v"] = (out, into, kernel)
        found[f"{name}.weight_g"] = (out, 1, 1)
        found[f"{name}.bias"] = (out,)

    conv("conv_pre.conv1d", kind.channels, kind.mels, 7)
    wide = kind.channels
    for stage, scale in enumerate(kind.scales):
        narrow = wide // 2
        conv(f"repeat_upsamples.{stage}.2.conv1d", narrow, wide, 7)
        name = f"transpose_upsamples.{stage}.1.deconv"
        kernel = 2 * scale if kind.causal or scale % 2 == 0 else 2 * scale + 1
        found[f"{name}.weight_v"], found[f"{name}.weight_g"] = (wide, narrow, kernel), (wide, 1, 1)
        found[f"{name}.bias"] = (narrow,)
        for block in range(3):
            for part in ("convs1", "convs2"):
                conv(f"conv_blocks.{3 * stage + block}.{part}.0.conv1d", narrow, narrow, 3)
        if kind.nsf:
            stride = math.prod(kind.scales[stage + 1 :])
            conv(f"source_downs.{stage}.conv1d", narrow, 1, 2 * stride if stride > 1 else 1)
        wide = narrow
    if kind.nsf:
        conv("source_module.ffn.0", 1, 8, 1)
    conv("conv_post.conv1d", 1, wide, 7)
    return found
