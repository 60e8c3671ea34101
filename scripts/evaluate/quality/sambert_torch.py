"""Sambert-HiFiGAN in PyTorch, float32, as its original flow computes it: what bench_sambert and check_sambert use.

Written from the description of the model: every step of the decoder attends to all steps before and to the whole
memory under a mask, mels and audio are made in one piece. Needs torch; nothing in the package imports this.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as nn

from edge_tts.convert.checkpoints.weights import arrays
from edge_tts.convert.sambert import conversion, hifigan_graph
from edge_tts.convert.sambert.package import VoicePackage

Tensors = Mapping[str, torch.Tensor]


@dataclass(frozen=True)
class Original:
    """The model of one voice.

    Attributes:
        acoustic: tensors of the acoustic model.
        vocoder: tensors of the generator, norms fused.
        scales: the upsampling factors of the generator.
        dilations: the dilations of its residual blocks.
        heads: the number of attention heads.
        postnet_shift: the shift of the postnet's memory, in steps.
        causal: whether the generator hears nothing ahead.
    """

    acoustic: Tensors
    vocoder: Tensors
    scales: tuple[int, ...]
    dilations: tuple[tuple[int, ...], ...]
    heads: int = 8
    postnet_shift: int = 17
    causal: bool = True

    def speak(self, ling: torch.Tensor, emotion: torch.Tensor, speaker: torch.Tensor) -> torch.Tensor:
        """Return the audio, shape (samples,), of tokens: ling (1, T, 4), emotion and speaker (1, T)."""
        with torch.inference_mode():
            return self.audio(self.mel(ling, emotion, speaker))

    def mel(self, ling: torch.Tensor, emotion: torch.Tensor, speaker: torch.Tensor) -> torch.Tensor:
        """Return the mel frames, shape (1, F, mels); speaker may be a vector for each token, (1, T, S), instead."""
        a = self.acoustic
        hidden = self._text(ling)
        spk = a["spk_tokenizer.weight"][speaker] if speaker.dim() == 2 else speaker
        emo = a["emo_tokenizer.weight"][emotion]
        conditioned = torch.cat([hidden, spk, emo], -1)
        text = hidden
        for kind in ("pitch", "energy"):
            value = self._predicted(f"variance_adaptor.{kind}_predictor.", conditioned)
            text = text + self._conv(value.transpose(1, 2), f"variance_adaptor.{kind}_emb", 4).transpose(1, 2)
        durations = self._durations(torch.cat([text, spk, emo], -1))
        counts = torch.floor(durations + 0.5).long()
        band = int(durations.max().item() / 3 + 0.5)
        memory, frames = self._memory(text, spk, emo, counts)
        decoded = self._decoded(memory, band)[:, :frames]
        return decoded + self._postnet(decoded)

    def _linear(self, value: torch.Tensor, name: str) -> torch.Tensor:
        return nn.linear(value, self.acoustic[f"{name}.weight"], self.acoustic.get(f"{name}.bias"))

    def _conv(self, value: torch.Tensor, name: str, padding: int) -> torch.Tensor:
        return nn.conv1d(value, self.acoustic[f"{name}.weight"], self.acoustic.get(f"{name}.bias"), padding=padding)

    def _norm(self, value: torch.Tensor, name: str) -> torch.Tensor:
        weight, bias = self.acoustic[f"{name}.weight"], self.acoustic[f"{name}.bias"]
        return nn.layer_norm(value, weight.shape, weight, bias, 1e-6)

    def _split(self, value: torch.Tensor) -> torch.Tensor:
        return value.view(value.shape[0], value.shape[1], self.heads, -1).transpose(1, 2)

    def _feed_forward(self, value: torch.Tensor, name: str, padding: int) -> torch.Tensor:
        wide = self._conv(self._norm(value, f"{name}.layer_norm").transpose(1, 2), f"{name}.w_1", padding)
        return value + self._conv(torch.relu(wide), f"{name}.w_2", 0).transpose(1, 2)

    def _text(self, ling: torch.Tensor) -> torch.Tensor:
        tables = ("sy", "tone", "syllable_flag", "ws")
        parts = [self.acoustic[f"text_encoder.{table}_emb.weight"][ling[..., n]] for n, table in enumerate(tables)]
        value = torch.stack(parts).sum(0) * math.sqrt(128)
        value = value + _positions(value.shape[1], value.shape[2])
        for layer in range(8):
            prefix = f"text_encoder.ling_enc.fft.{layer}"
            qkv = self._linear(self._norm(value, f"{prefix}.slf_attn.layer_norm"), f"{prefix}.slf_attn.w_qkv")
            query, key, part = (self._split(one) for one in qkv.chunk(3, -1))
            mixed = torch.softmax(query @ key.transpose(2, 3) / 4, -1) @ part
            out = self._linear(mixed.transpose(1, 2).flatten(2), f"{prefix}.slf_attn.fc")
            value = self._feed_forward(out + value if layer else out, f"{prefix}.pos_ffn", 1)
        return self._linear(self._norm(value, "text_encoder.ling_enc.ln"), "text_encoder.ling_proj")

    def _memory_network(self, value: torch.Tensor, prefix: str, layers: int, shift: int) -> torch.Tensor:
        for layer in range(layers):
            wide = torch.relu(self._conv(value.transpose(1, 2), f"{prefix}ffn_lst.{layer}.w_1", 0))
            narrow = self._conv(wide, f"{prefix}ffn_lst.{layer}.w_2", 0)
            taps = self.acoustic[f"{prefix}memory_block_lst.{layer}.conv_dw.weight"]
            padded = nn.pad(narrow, (20 + shift, 20 - shift))
            out = (nn.conv1d(padded, taps, groups=len(taps)) + narrow).transpose(1, 2)
            value = out + value if layer or value.shape[2] == out.shape[2] else out
        return value

    def _lstm(self, value: torch.Tensor, prefix: str, both: bool) -> torch.Tensor:
        names = [f"weight_ih_l0{end}" for end in (("", "_reverse") if both else ("",))]
        weights = []
        for name in names:
            weights += [self.acoustic[prefix + name.replace("weight_ih", kind)]
                        for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]  # fmt: skip
        zeros = torch.zeros(len(names), 1, weights[1].shape[1])
        out: torch.Tensor = torch._VF.lstm(value, (zeros, zeros), weights, True, 1, 0.0, False, both, True)[0]
        return out

    def _predicted(self, prefix: str, value: torch.Tensor) -> torch.Tensor:
        value = self._memory_network(value, f"{prefix}fsmn.", 3, 0)
        return self._linear(self._lstm(value, f"{prefix}blstm.", True), f"{prefix}fc")

    def _durations(self, cond: torch.Tensor) -> torch.Tensor:
        prefix = "variance_adaptor.duration_predictor."
        kinds = ("weight_ih_l", "weight_hh_l", "bias_ih_l", "bias_hh_l")
        weights = [self.acoustic[f"{prefix}lstm.{kind}{layer}"] for layer in (0, 1) for kind in kinds]
        last = torch.zeros(1, 1, 1)
        state = [torch.zeros(2, 1, 128), torch.zeros(2, 1, 128)]
        found = []
        for step in range(cond.shape[1]):
            inner = torch.relu(self._linear(last, f"{prefix}prenet.fcs.0"))
            inner = torch.relu(self._linear(inner, f"{prefix}prenet.fcs.3"))
            row = torch.cat([inner, cond[:, step : step + 1]], -1)
            out, *state = torch._VF.lstm(row, state, weights, True, 2, 0.0, False, False, True)
            last = torch.relu(self._linear(out, f"{prefix}fc"))
            found.append(last)
        return torch.exp(torch.cat(found, 1)[0, :, 0]) - 1

    def _memory(
        self, text: torch.Tensor, spk: torch.Tensor, emo: torch.Tensor, counts: torch.Tensor
    ) -> tuple[torch.Tensor, int]:
        frames = int(counts.sum())
        places = torch.cat([torch.arange(1, int(count) + 1) for count in counts] + [torch.zeros(-frames % 3).long()])
        rows = [nn.pad(torch.repeat_interleave(one[0], counts, 0), (0, 0, 0, -frames % 3)) for one in (text, spk, emo)]
        angles = places[:, None] / self.acoustic["variance_adaptor.dur_position_encoder.inv_timescales"]
        code = torch.where(torch.arange(angles.shape[1]) % 2 == 0, torch.sin(angles), torch.cos(angles))
        grouped = (rows[0] + code).reshape(len(places) // 3, -1)
        return torch.cat([grouped, rows[1][::3], rows[2][::3]], -1)[None], frames

    def _decoded(self, memory: torch.Tensor, band: int) -> torch.Tensor:
        decoder = "mel_decoder.mel_dec."
        attention = [f"{decoder}pnca.{layer}.pnca_attn" for layer in range(12)]
        ahead = [
            [self._split(one) for one in self._linear(memory, f"{name}.w_h_kv").chunk(2, -1)] for name in attention
        ]
        caches: list[tuple[torch.Tensor, torch.Tensor] | None] = [None] * 12
        steps = memory.shape[1]
        last = torch.zeros(1, 1, self.acoustic[f"{decoder}prenet.fcs.0.weight"].shape[1])
        found = []
        for step in range(steps):
            for layer in (0, 3):
                last = torch.relu(self._linear(last, f"{decoder}prenet.fcs.{layer}"))
            last = self._linear(last, f"{decoder}prenet.fcs.6")
            joined = torch.cat([memory[:, step : step + 1], last], -1)
            value = self._linear(joined, f"{decoder}dec_in_proj") * math.sqrt(128)
            before = torch.arange(step + 1) < step - band
            places = torch.arange(steps)
            outside = (places < step) | (places > step + band)
            for layer, name in enumerate(attention):
                qkv = self._linear(self._norm(value, f"{name}.layer_norm"), f"{name}.w_x_qkv")
                query, key, part = (self._split(one) for one in qkv.chunk(3, -1))
                cache = caches[layer]
                if cache is not None:
                    key, part = torch.cat([cache[0], key], 2), torch.cat([cache[1], part], 2)
                caches[layer] = key, part
                own = self._attend(query, key, part, before)
                seen = self._attend(query, ahead[layer][0], ahead[layer][1], outside)
                out = self._linear(own, f"{name}.fc_x") + self._linear(seen, f"{name}.fc_h")
                value = self._feed_forward(out + value, f"{decoder}pnca.{layer}.pos_ffn", 0)
            frames = self._linear(self._norm(value, f"{decoder}ln"), f"{decoder}dec_out_proj").reshape(1, 3, -1)
            last = frames[:, -1:]
            found.append(frames)
        return torch.cat(found, 1)

    def _attend(self, query: torch.Tensor, key: torch.Tensor, part: torch.Tensor, hidden: torch.Tensor) -> torch.Tensor:
        scores = (query @ key.transpose(2, 3) / 4).masked_fill(hidden, -math.inf)
        return (torch.softmax(scores, -1) @ part).transpose(1, 2).flatten(2)

    def _postnet(self, decoded: torch.Tensor) -> torch.Tensor:
        value = self._memory_network(decoded, "mel_postnet.fsmn.", 4, self.postnet_shift)
        return self._linear(self._lstm(value, "mel_postnet.lstm.", False), "mel_postnet.fc")

    def audio(self, mel: torch.Tensor, excitation: torch.Tensor | None = None) -> torch.Tensor:
        """Return the audio of mel frames, shape (1, F, mels); of a source's rows also, (1, harmonics, samples)."""
        v = self.vocoder
        source = None if excitation is None else torch.tanh(self._padded(excitation, "source_module.ffn.0", (0, 0)))
        value = self._same(mel.transpose(1, 2), "conv_pre.conv1d")
        for stage, scale in enumerate(self.scales):
            value = value + torch.sin(value)
            near = nn.leaky_relu(torch.repeat_interleave(value, scale, 2), 0.1)
            repeated = self._same(near, f"repeat_upsamples.{stage}.2.conv1d")
            name = f"transpose_upsamples.{stage}.1.deconv"
            weight, bent = v[f"{name}.weight"], nn.leaky_relu(value, 0.1)
            cut = 0 if self.causal else (weight.shape[2] - scale) // 2
            raised = nn.conv_transpose1d(bent, weight, v[f"{name}.bias"], scale, cut)
            value = repeated + raised[..., : repeated.shape[2]]
            if source is not None:
                value = value + self._lowered(source, stage)
            total = torch.zeros(())
            for number, dilations in enumerate(self.dilations):
                part = value
                for layer, dilation in enumerate(dilations):
                    block = f"conv_blocks.{len(self.dilations) * stage + number}"
                    wide = self._same(nn.leaky_relu(part, 0.1), f"{block}.convs1.{layer}.conv1d", dilation)
                    part = part + self._same(nn.leaky_relu(wide, 0.1), f"{block}.convs2.{layer}.conv1d")
                total = total + part
            value = total / len(self.dilations)
        return torch.tanh(self._same(nn.leaky_relu(value, 0.01), "conv_post.conv1d"))[0, 0]

    def _same(self, value: torch.Tensor, name: str, dilation: int = 1) -> torch.Tensor:
        """Convolve to as many samples as there are."""
        reach = (self.vocoder[f"{name}.weight"].shape[2] - 1) * dilation
        return self._padded(value, name, (reach, 0) if self.causal else (reach // 2, reach // 2), dilation)

    def _lowered(self, source: torch.Tensor, stage: int) -> torch.Tensor:
        """Return the source at the rate of a stage."""
        name, stride = f"source_downs.{stage}.conv1d", math.prod(self.scales[stage + 1 :])
        reach = self.vocoder[f"{name}.weight"].shape[2] - 1
        pads = (reach, 0) if self.causal else (stride // 2, stride // 2)
        return self._padded(source, name, pads if reach else (0, 0), stride=stride)

    def _padded(
        self, value: torch.Tensor, name: str, pads: tuple[int, int], dilation: int = 1, stride: int = 1
    ) -> torch.Tensor:
        weight, bias = self.vocoder[f"{name}.weight"], self.vocoder[f"{name}.bias"]
        return nn.conv1d(nn.pad(value, pads), weight, bias, stride, dilation=dilation)


def excitation(
    pitch: torch.Tensor, voiced: torch.Tensor, phases: torch.Tensor, noise: torch.Tensor, *, sample_rate: int
) -> torch.Tensor:
    """Return the rows of a harmonic source, shape (1, harmonics, samples).

    Args:
        pitch: Hz of each frame.
        voiced: whether each frame is voiced.
        phases: the phases of the harmonics at the start, radians.
        noise: Gaussian noise of deviation 0.003, shape (harmonics, samples).
        sample_rate: Hz.
    """
    hop = noise.shape[1] // len(pitch)
    turns = torch.cumsum(torch.repeat_interleave(pitch.double(), hop) / sample_rate, 0)
    numbers = torch.arange(1, len(phases) + 1)[:, None]
    sines = 0.1 * torch.sin(2 * math.pi * torch.frac(turns * numbers) + phases[:, None])
    rows = torch.where(torch.repeat_interleave(voiced, hop), sines + noise, 0.1 / 3 / 0.003 * noise)
    return rows.float()[None]


def _positions(length: int, width: int) -> torch.Tensor:
    half = width // 2
    angles = np.arange(1, length + 1)[:, None] / np.power(10000, np.arange(half) / float(half - 1))
    return torch.from_numpy(np.concatenate([np.sin(angles), np.cos(angles)], 1).astype(np.float32))


def read(voice: VoicePackage) -> Original:
    """Return the model of a voice in a package."""
    generator = hifigan_graph.fuse(arrays(voice.vocoder, "model", "generator"))
    acoustic, fused = ({name: torch.tensor(one) for name, one in tensors.items()}
                       for tensors in (arrays(voice.acoustic, "model"), generator))  # fmt: skip
    settings = conversion.generator_settings(voice.vocoder_config)
    return Original(acoustic, fused, settings.scales, settings.dilations, causal=settings.causal)
