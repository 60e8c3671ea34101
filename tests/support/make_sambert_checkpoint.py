#!/usr/bin/env python3
"""Write a Sambert-HiFiGAN checkpoint directory with random but reproducible weights.

The directory has the layout of a ModelScope package (voices/<voice>/am, voices/<voice>/voc, yaml
configurations, a decoy checkpoint with a smaller index, optimizer and discriminator entries), so
that the converter can be tested without the real weights. With the default seed the weights are
exactly those behind the reference arrays in data/sambert/<variant>/<voice>/*.npz: a right
implementation run on this directory gives those arrays.

Every tensor comes from the key/shape lists (data/sambert/keys_*.txt, in file order) and a numpy
PCG64 generator; PyTorch is used only to write the .pth files. The SHA-256 of each state dict is
compared with the one in meta.json, so a numpy that draws other numbers is noticed.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import json
import math
import shutil
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

Tensors = dict[str, np.ndarray]
Shapes = dict[str, tuple[int, ...]]

DATA = Path(__file__).resolve().parents[1] / "data" / "sambert"
TABLES = ("_emb.weight", "tokenizer.weight")  # embedding tables lose one row without [MASK]
AM_GAINS = {"mel_dec.prenet.fcs.0.weight": 0.5, "duration_predictor.fc.weight": 5.0}
VOCODER_GAINS = {"conv_post.conv1d.weight": 0.12}
DURATION_BIAS = "variance_adaptor.duration_predictor.fc.bias"
VOCODER_SEED_OFFSET = 7
VOICE_SEED_STEP = 1000
NSF_MELS = 82  # 80 mel bands, f0, voiced/unvoiced
UV_THRESHOLD = 0.6  # bias of the voiced/unvoiced output: both values then occur
DEFAULT_DURATION_BIAS = 1.5  # log(frames + 1): a few frames a token


def read_shapes(path: Path) -> Shapes:
    """Read a key list: one `name<TAB>[d0, d1, ...]` a line, in state-dict order."""
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    return {name: tuple(json.loads(shape)) for name, shape in rows}


def without_mask_rows(shapes: Shapes) -> Shapes:
    """Return the shapes of a package whose dictionaries have no [MASK] symbol."""
    return {
        name: (shape[0] - 1, *shape[1:]) if len(shape) == 2 and name.endswith(TABLES) else shape
        for name, shape in shapes.items()
    }


def position_table(shape: tuple[int, ...]) -> np.ndarray:
    """Return the encoder's position code, float32 [1, positions, width]; positions start at 1."""
    half = shape[2] // 2
    positions = np.arange(1, shape[1] + 1)[:, None]
    angles = positions / np.power(10000, np.arange(half) / float(half - 1))
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)[None]


def timescales(width: int) -> np.ndarray:
    """Return the divisors of the frame-position code, float32 [width]."""
    return np.array([np.power(10000, 2 * (i // 2) / width) for i in range(width)], np.float32)


def fan_in(name: str, shape: tuple[int, ...]) -> int:
    """Return how many products reach one output; a transposed convolution has about two taps."""
    if "deconv" in name:
        return shape[0] * 2
    return math.prod(shape[1:]) if len(shape) > 1 else shape[0]


def scaled(name: str, draw: np.ndarray) -> np.ndarray:
    """Scale a standard normal draw so that activations stay of order one through the network."""
    if name.endswith("weight") and ("layer_norm" in name or name.endswith(".ln.weight")):
        return 1.0 + 0.1 * draw
    if "bias" in name:
        return 0.05 * draw
    if name.endswith("_emb.weight") and draw.ndim == 2:
        return 0.05 * draw
    if name.endswith("tokenizer.weight"):
        return 0.5 * draw
    return draw / math.sqrt(fan_in(name, draw.shape))


def weight_gain(direction: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return weight_g: the norm of weight_v over all axes but the first, changed by some 10 %."""
    rows = direction.reshape(len(direction), -1).astype(np.float64)
    norm = np.sqrt(np.square(rows).sum(1)).astype(np.float32).reshape(-1, 1, 1)
    gain: np.ndarray = (1.0 + 0.1 * rng.standard_normal(norm.shape)).astype(np.float32)
    return np.asarray(norm * gain)


def random_tensors(shapes: Shapes, seed: int, gains: Mapping[str, float]) -> Tensors:
    """Fill every tensor in list order; weight_g tensors, which depend on weight_v, come last."""
    rng = np.random.Generator(np.random.PCG64(seed))
    tensors: Tensors = {}
    for name, shape in shapes.items():
        if name.endswith("inv_timescales"):
            tensors[name] = timescales(shape[0])
        elif name.endswith("position_enc"):
            tensors[name] = position_table(shape)
        else:
            tensors[name] = scaled(name, rng.standard_normal(shape).astype(np.float32))
            for part, gain in gains.items():
                if part in name:
                    tensors[name] = tensors[name] * gain
    for name in shapes:
        if name.endswith("weight_g"):
            tensors[name] = weight_gain(tensors[name.removesuffix("g") + "v"], rng)
    return {name: np.ascontiguousarray(array, np.float32) for name, array in tensors.items()}


def acoustic_model(shapes: Shapes, seed: int, duration_bias: float) -> Tensors:
    """Return the acoustic model's tensors; the duration bias sets the length of the speech."""
    tensors = random_tensors(shapes, seed, AM_GAINS)
    if len(tensors["mel_postnet.fc.bias"]) == NSF_MELS:
        tensors["mel_postnet.fc.bias"][-1] = UV_THRESHOLD
    tensors[DURATION_BIAS][:] = duration_bias
    return tensors


def digest(tensors: Tensors) -> str:
    """Return the SHA-256 over name, newline and little-endian float32 bytes of each tensor."""
    total = hashlib.sha256()
    for name, array in tensors.items():
        total.update(name.encode() + b"\n" + array.astype("<f4").tobytes())
    return total.hexdigest()


def save_checkpoint(path: Path, state: Mapping[str, Any]) -> None:
    """Write nested dictionaries of arrays and numbers as a .pth file, arrays as tensors."""
    import torch

    def as_torch(node: Any) -> Any:
        if isinstance(node, np.ndarray):
            return torch.from_numpy(node)
        if type(node) is dict:
            return {key: as_torch(value) for key, value in node.items()}
        if type(node) is list:
            return [as_torch(value) for value in node]
        return node

    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(as_torch(state), path)


def adam_state(rate: float) -> dict[str, Any]:
    """Return the state of an Adam optimizer, as `state_dict()` gives it, after one step."""
    moments = {"exp_avg": np.zeros(4, np.float32), "exp_avg_sq": np.zeros(4, np.float32)}
    group = {"lr": rate, "betas": (0.9, 0.98), "eps": 1e-9, "weight_decay": 0, "amsgrad": False}
    group |= {"maximize": False, "foreach": None, "capturable": False, "initial_lr": rate}
    state = {0: {"step": np.ones((), np.float32), **moments}}
    return {"state": state, "param_groups": [{**group, "params": [0]}]}


def acoustic_training() -> dict[str, Any]:
    """Return what a trainer keeps beside the acoustic model: optimizer, and a Noam scheduler."""
    scheduler = {"warmup_steps": 4000, "base_lrs": [0.001], "last_epoch": 1, "_step_count": 2}
    scheduler |= {"verbose": False, "_get_lr_called_within_step": False, "_last_lr": [2.5e-7]}
    return {"optimizer": adam_state(0.001), "scheduler": scheduler}


def vocoder_training() -> dict[str, Any]:
    """Return what a trainer keeps beside the vocoder.

    The state of torch's MultiStepLR holds its milestones as a `collections.Counter`: a reader that
    only knows dictionaries, numbers and tensors refuses it, although no code has to run.
    """
    milestones = collections.Counter([200000, 400000, 600000, 800000])
    scheduler = {"milestones": milestones, "gamma": 0.5, "base_lrs": [2e-4], "last_epoch": 0}
    scheduler |= {"_step_count": 1, "_get_lr_called_within_step": False, "_last_lr": [2e-4]}
    discriminator = {"MultiScaleDiscriminator": adam_state(2e-4)}
    return {
        "optimizer": {"generator": adam_state(2e-4), "discriminator": discriminator},
        "scheduler": {"generator": scheduler, "discriminator": {}},
    }


def write_voice(voice_dir: Path, variant_dir: Path, am: Tensors, vocoder: Tensors) -> None:
    """Write one voice: checkpoints, the decoys a loader must ignore, and the configurations."""
    unused = {"unused.weight": np.zeros(4, np.float32)}
    discriminators = {"MultiScaleDiscriminator": unused, "MultiPeriodDiscriminator": unused}
    save_checkpoint(voice_dir / "am/ckpt/checkpoint_0.pth", {**acoustic_training(), "steps": 0, "model": am})
    decoy = {"model": {"generator": {}}, "steps": 0}
    save_checkpoint(voice_dir / "voc/ckpt/checkpoint_0.pth", decoy)
    model = {"generator": vocoder, "discriminator": discriminators}
    save_checkpoint(
        voice_dir / "voc/ckpt/checkpoint_1.pth",
        {**vocoder_training(), "steps": 1, "model": model},
    )
    shutil.copyfile(variant_dir / "am_config.yaml", voice_dir / "am/config.yaml")
    shutil.copyfile(variant_dir / "voc_config.yaml", voice_dir / "voc/config.yaml")
    shutil.copyfile(variant_dir / "audio_config.yaml", voice_dir / "audio_config.yaml")


def write_statistics(voice_dir: Path, params: Mapping[str, Any], seed: int, index: int) -> None:
    """Write am/se.npy (speaker embedding) and am/mvn.npy (f0 mean, deviation in Hz) if used."""
    if params.get("SE"):
        rng = np.random.Generator(np.random.PCG64(seed))
        embedding = rng.standard_normal((1, params["speaker_units"])).astype(np.float32)
        np.save(voice_dir / "am/se.npy", embedding)
    if params.get("NSF") and params.get("nsf_norm_type", "mean_std") == "mean_std":
        np.save(voice_dir / "am/mvn.npy", np.array([[200.0 + 10 * index], [60.0]]))


def write_package(out: Path, variant_dir: Path, voices: list[str], no_mask: bool) -> None:
    """Write what belongs to the package as a whole: both JSON files and resource.zip."""
    configuration = json.loads((variant_dir / "configuration.json").read_text(encoding="utf-8"))
    if no_mask:
        configuration["model"]["am"] = {"linguistic_unit": {"has_mask": False}}
    (out / "voices").mkdir(parents=True)
    (out / "configuration.json").write_text(json.dumps(configuration, indent=2), encoding="utf-8")
    (out / "voices/voices.json").write_text(json.dumps({"voices": voices}), encoding="utf-8")
    with zipfile.ZipFile(out / "resource.zip", "w") as archive:
        archive.writestr("resource/README", "in place of the closed front end's data; ignore\n")


def write_basemodel(out: Path) -> None:
    """Write what published repositories carry beside voices/ for fine-tuning, 8 MB of it."""
    tensors = {"unused.weight": np.zeros(1_000_000, np.float32)}
    for path in ("sambert/ckpt/checkpoint_980000.pth", "hifigan/ckpt/checkpoint_2000000.pth"):
        state = {**vocoder_training(), "steps": 980000, "model": tensors}
        save_checkpoint(out / "basemodel_16k" / path, state)


def voice_tensors(args: argparse.Namespace, meta: Mapping[str, Any], seed: int, bias: float) -> tuple[Tensors, Tensors]:
    """Return the tensors of one voice's acoustic model and vocoder."""
    shapes = read_shapes(args.data / meta["am_keys"])
    if args.no_mask:
        shapes = without_mask_rows(shapes)
    am = acoustic_model(shapes, seed, bias)
    vocoder_shapes = read_shapes(args.data / meta["voc_keys"])
    return am, random_tensors(vocoder_shapes, seed + VOCODER_SEED_OFFSET, VOCODER_GAINS)


def make_voice(args: argparse.Namespace, meta: Mapping[str, Any], voice: str) -> bool:
    """Write one voice; return False if its tensors should be the recorded ones and are not."""
    variant_dir = args.data / args.variant
    voice_dir = args.out / "voices" / voice
    index = list(meta["voices"]).index(voice)
    recorded = meta["voices"][voice]["no_mask" if args.no_mask else "with_mask"]
    if args.seed != meta["seed"] or args.duration_bias is not None:
        recorded = None
    bias = DEFAULT_DURATION_BIAS if args.duration_bias is None else args.duration_bias
    if recorded:
        bias = recorded["duration_bias"]
    seed = args.seed + VOICE_SEED_STEP * (index + 1)
    am, vocoder = voice_tensors(args, meta, seed, bias)
    write_voice(voice_dir, variant_dir, am, vocoder)
    config = yaml.safe_load((variant_dir / "am_config.yaml").read_text(encoding="utf-8"))
    write_statistics(voice_dir, config["Model"]["KanTtsSAMBERT"]["params"], args.seed, index)
    return report(voice, {"am_sha256": digest(am), "voc_sha256": digest(vocoder)}, recorded)


def report(voice: str, found: Mapping[str, str], recorded: Mapping[str, Any] | None) -> bool:
    """Print the state dicts' sums; return False if there are recorded ones and they differ."""
    same = recorded is None or all(recorded[key] == value for key, value in found.items())
    verdict = "no reference" if recorded is None else "as recorded" if same else "NOT as recorded"
    print(f"{voice}: am {found['am_sha256'][:16]} voc {found['voc_sha256'][:16]} ({verdict})")
    return same


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("out", type=Path, help="directory to create; must not exist")
    add("--variant", default="16k", help="16k (default), nsf_24k or se_nsf_global_16k")
    add("--voices", help="comma-separated; default: all of the variant's voices.json")
    add("--no-mask", action="store_true", help="dictionaries without [MASK]: one row less a table")
    add("--seed", type=int, help="other weights, without reference arrays")
    add("--duration-bias", type=float, help="about log(frames per token + 1); no reference")
    add("--basemodel", action="store_true", help="base models beside voices/, which nobody needs")
    add("--data", type=Path, default=DATA, help="folder of the key lists and variants")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Write the package; return 1 if its tensors differ from the recorded ones, 2 on misuse."""
    args = parse_arguments(argv)
    variant_dir = args.data / args.variant
    if not (variant_dir / "meta.json").is_file():
        print(f"error: no variant {args.variant!r} in {args.data}", file=sys.stderr)
        return 2
    meta = json.loads((variant_dir / "meta.json").read_text(encoding="utf-8"))
    known = json.loads((variant_dir / "voices.json").read_text(encoding="utf-8"))["voices"]
    voices = args.voices.split(",") if args.voices else known
    args.seed = meta["seed"] if args.seed is None else args.seed
    if unknown := [voice for voice in voices if voice not in known]:
        print(f"error: unknown voices {unknown}; known: {known}", file=sys.stderr)
        return 2
    if args.out.exists():
        print(f"error: {args.out} exists; give a new directory", file=sys.stderr)
        return 2
    write_package(args.out, variant_dir, voices, args.no_mask)
    same = [make_voice(args, meta, voice) for voice in voices]
    if args.basemodel:
        write_basemodel(args.out)
    if all(same):
        return 0
    print("error: these weights are not those of the reference arrays", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
