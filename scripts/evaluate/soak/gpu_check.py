"""Prove on a machine with an NVIDIA GPU that Kokoro speaks with it: what computes, how fast, how well, in what memory.

Makes an environment of its own with the extra `gpu`, installs Kokoro into a home of its own, and compares the ways of
computing: which provider computes how much, log-spectral distance from the CPU, first sound, speed, memory of the GPU.

    scripts/gpu_check [--folder FOLDER] [--tensorrt] [--json FILE]

Exit status: 0 all is well, 1 something is wrong, 3 there is no GPU.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from edge_tts.errors import EdgeTTSError, EngineError
from edge_tts.graphs import gpu

ROOT = Path(__file__).resolve().parents[3]

NO_GPU = 3
TEXT = "今天天气真好，我们一起去公园散步吧。请在听到提示音以后，按屏幕上的按钮，取走您的票据。"
REFERENCE = {"cuda": "float", "mixed": "onnx", "tensorrt": "onnx"}
"""The way on the CPU that has the same prosody as one on the GPU."""
FARTHEST = {"cuda": 3.0, "mixed": 6.0, "tensorrt": 6.0}
"""Most log-spectral distance from it, dB: the same graph; a decoder in floats, not in 8 bits, 4.7 dB on a CPU."""
LEAST_SHARE = 0.5
"""Least share of the computing time of a way that has to be the GPU's."""
LIMIT_BYTES, CONTEXT_BYTES = 1_500_000_000, 900_000_000
"""A limit for the test of limits, and what CUDA and its libraries take besides."""
_WINDOW, _HOP = 1024, 256


def main() -> None:
    """Prepare the environment and go on in it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "edge-tts-gpu-check")
    parser.add_argument("--tensorrt", action="store_true", help="install TensorRT and measure it too")
    parser.add_argument("--json", type=Path, help="write the results there")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--sound", nargs=2, metavar=("VARIANT", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.folder, options.json = options.folder.resolve(), options.json and options.json.resolve()
    if options.sound:
        return speak(*options.sound)
    try:
        device = gpu.ask_driver()
    except EngineError as error:
        print(f"no GPU: {error}")
        sys.exit(NO_GPU)
    if not options.inside:
        enter(options)
    print(f"{device.name}, {device.memory_bytes / 1e9:.1f} GB, driver for CUDA {device.cuda[0]}.{device.cuda[1]}")
    check(options)


def enter(options: argparse.Namespace) -> None:
    """Make the environment with the package and the model, and run this script in it."""
    python, home = options.folder / "venv" / "bin" / "python", options.folder / "home"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", options.folder / "venv"], check=True)
    wanted = [f"{ROOT}[gpu]", *(["tensorrt"] if options.tensorrt else [])]
    options.folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], check=True)
    environment = {**os.environ, "EDGE_TTS_HOME": str(home)}
    command = [python, "-m", "edge_tts", "models", "install", "kokoro", "--accept-license"]
    subprocess.run(command, env=environment, check=True, cwd=home.parent)
    script = str(Path(__file__).resolve())
    os.chdir(home.parent)  # not where a package could be taken for the installed one
    kept = ["--tensorrt"] if options.tensorrt else []
    kept += ["--json", str(options.json)] if options.json else []
    os.execve(python, [str(python), script, "--inside", *kept], environment)


def check(options: argparse.Namespace) -> None:
    """Measure every way, print the table and end with what is wrong."""
    faults: list[str] = []
    try:
        gpu.find()
    except EngineError as error:
        sys.exit(f"the GPU cannot be used: {error}")
    variants = ["native", "onnx", "float", "mixed", "cuda", *(["tensorrt"] if options.tensorrt else [])]
    with tempfile.TemporaryDirectory() as folder:
        rows = [row(variant, Path(folder), faults) for variant in variants]
    show(rows)
    faults += limit_faults()
    chosen = tuned()
    print(f"models prepare --tune takes: {chosen}")
    if options.json:
        result = {"device": gpu.find().name, "ways": rows, "tuned": chosen, "faults": faults}
        options.json.write_text(json.dumps(result, indent=1, ensure_ascii=False), encoding="utf-8")
    if faults:
        sys.exit("\n".join(faults))
    print("all is well")


def row(variant: str, folder: Path, faults: list[str]) -> dict[str, Any]:
    """Measure one way, and say what is wrong with it."""
    found: dict[str, Any] = {"way": variant}
    try:
        with GpuMemory() as memory:
            figures = measured(variant)
        found |= {"rtf": figures.rtf, "first_seconds": figures.first_seconds, "private_bytes": figures.private_bytes}
        found |= {"gpu_bytes": memory.most_bytes, **sounded(variant, folder)}
    except EdgeTTSError as error:
        faults.append(f"{variant}: {error}")
        return found | {"fault": str(error)}
    if variant in REFERENCE:
        found["distance"] = distance(folder / f"{REFERENCE[variant]}.npy", folder / f"{variant}.npy")
        if found["distance"] > FARTHEST[variant]:
            apart = f"{found['distance']:.1f} dB from {REFERENCE[variant]}"
            faults.append(f"{variant}: {apart}, expected at most {FARTHEST[variant]}")
        if found["gpu_share"] < LEAST_SHARE:
            faults.append(f"{variant}: the GPU has {found['gpu_share']:.0%} of the time, expected {LEAST_SHARE:.0%}")
    return found


def measured(variant: str) -> Any:
    """Return what `models prepare --tune` finds of a way."""
    from edge_tts.config.loading import load as load_config
    from edge_tts.engines.tuning import Way
    from edge_tts.measuring import tune

    return tune.measure(model(), Way(variant, 0), load_config())


def model() -> Any:
    """Return the installed model as an engine sees it."""
    from edge_tts import store
    from edge_tts.config.loading import load as load_config

    paths = load_config().paths
    return store.find(paths, "kokoro").files_for_engine(paths.prepared)


def sounded(variant: str, folder: Path) -> dict[str, Any]:
    """Speak in a process of its own; return the providers of its sessions and the GPU's share of the nodes' time."""
    command = [sys.executable, __file__, "--sound", variant, str(folder / f"{variant}.npy")]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise EngineError(done.stderr.strip()[-500:])
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def speak(variant: str, file: str) -> None:
    """Speak with every session's profile on; print what computed, and keep the samples."""
    import numpy as np

    from edge_tts import text
    from edge_tts.cancel import CancelToken
    from edge_tts.config.loading import load as load_config
    from edge_tts.engines import loading
    from edge_tts.engines.engine import VoiceSettings

    with tempfile.TemporaryDirectory() as folder, profiled(Path(folder)) as opened:
        engine = loading.load(model(), 0, variant, config=load_config())
        settings = VoiceSettings(engine.info.voices[0])
        sentences = text.analyze(TEXT)
        pieces = [samples for said in sentences for samples in engine.synthesize(said, settings, CancelToken())]
        seconds = seconds_by_provider([Path(session.end_profiling()) for session in opened])
        providers = sorted({name for session in opened for name in session.get_providers()})
    np.save(file, np.concatenate(pieces))
    on_gpu = sum(spent for name, spent in seconds.items() if name in gpu.PROVIDERS.values())
    print(json.dumps({"providers": providers, "gpu_share": on_gpu / max(sum(seconds.values()), 1e-9)}))


@contextmanager
def profiled(folder: Path) -> Iterator[list[Any]]:
    """Have every session that is opened to be run write a profile into a folder; yields those sessions."""
    import onnxruntime

    opened: list[Any] = []
    plain = onnxruntime.InferenceSession

    class Profiled(plain):  # type: ignore[misc, valid-type]
        def __init__(self, content: Any, options: Any, **how: Any) -> None:
            runs = not options.optimized_model_filepath  # others only write a prepared graph
            options.enable_profiling = runs
            options.profile_file_prefix = str(folder / f"session{len(opened)}")
            super().__init__(content, options, **how)
            if runs:
                opened.append(self)

    onnxruntime.InferenceSession = Profiled
    try:
        yield opened
    finally:
        onnxruntime.InferenceSession = plain


def seconds_by_provider(profiles: list[Path]) -> dict[str, float]:
    """Return the time of nodes by the provider that computed them."""
    seconds: dict[str, float] = defaultdict(float)
    for path in profiles:
        for event in json.loads(path.read_text(encoding="utf-8")):
            if event.get("cat") == "Node" and "provider" in event.get("args", {}):
                seconds[event["args"]["provider"]] += event["dur"] / 1e6
    return seconds


def distance(one: Path, other: Path) -> float:
    """Return the mean log-spectral distance of two recordings, dB, over the length of the shorter one."""
    import numpy as np

    pair = [np.load(path) for path in (one, other)]
    length = min(map(len, pair))
    windows = (np.lib.stride_tricks.sliding_window_view(samples[:length], _WINDOW)[::_HOP] for samples in pair)
    power = [np.abs(np.fft.rfft(window * np.hanning(_WINDOW))) ** 2 for window in windows]
    first, second = (10 * np.log10(spectrum + 1e-8) for spectrum in power)
    return float(np.sqrt(np.square(first - second).mean(axis=1)).mean())


class GpuMemory:
    """Watches how much more of the GPU's memory is taken while its block runs, by nvidia-smi."""

    def __init__(self) -> None:
        """Look once."""
        self._before = used_bytes()
        self.most_bytes = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> GpuMemory:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Look no more."""
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.1):
            self.most_bytes = max(self.most_bytes, used_bytes() - self._before)


def used_bytes() -> int:
    """Return what is taken of the first GPU's memory."""
    command = ["nvidia-smi", "--id=0", "--query-gpu=memory.used", "--format=csv,noheader,nounits"]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout) << 20


def limit_faults() -> Iterator[str]:
    """Yield what is wrong when the memory of the GPU is limited."""
    os.environ["EDGE_TTS_ENGINES_GPU_MEMORY_BYTES"] = str(LIMIT_BYTES)
    try:
        with GpuMemory() as memory:
            measured("cuda")
    except EdgeTTSError as error:
        yield f"with a limit of {LIMIT_BYTES / 1e9} GB: {error}"
    finally:
        del os.environ["EDGE_TTS_ENGINES_GPU_MEMORY_BYTES"]
    if memory.most_bytes > LIMIT_BYTES + CONTEXT_BYTES:
        yield f"with a limit of {LIMIT_BYTES / 1e9} GB the GPU's memory rose by {memory.most_bytes / 1e9:.2f} GB"


def tuned() -> str:
    """Return the way that `models prepare --tune` takes."""
    command = [sys.executable, "-m", "edge_tts", "models", "prepare", "kokoro", "--tune", "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    best: dict[str, Any] = json.loads(done.stdout)[0]["measured"][0]
    return f"{best['variant']}, RTF {best['rtf']:.3f}"


def show(rows: list[dict[str, Any]]) -> None:
    """Print the table."""
    from edge_tts.cli.terminal import size, table

    shown = [
        {
            "way": found["way"],
            "rtf": f"{found['rtf']:.3f}",
            "first": f"{found['first_seconds'] * 1000:.0f} ms",
            "gpu": size(found["gpu_bytes"]),
            "memory": size(found["private_bytes"]),
            "share": f"{found['gpu_share']:.0%}",
            "distance": f"{found['distance']:.1f} dB" if "distance" in found else None,
            "providers": ", ".join(name.removesuffix("ExecutionProvider") for name in found["providers"]),
        }
        for found in rows
        if "fault" not in found
    ]
    names = {"way": "WAY", "rtf": "RTF", "first": "FIRST SOUND", "gpu": "GPU MEMORY", "memory": "OWN MEMORY"}
    print(table(shown, {**names, "share": "GPU'S SHARE", "distance": "FROM THE CPU", "providers": "PROVIDERS"}))


if __name__ == "__main__":
    main()
