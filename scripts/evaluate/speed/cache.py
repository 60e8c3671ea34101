"""Measure the audio cache: look-up, its share, and what a client waits for.

    python -m scripts.evaluate.speed.cache [--phrases 10000] [--requests 500] [--home DIR] [--voice NAME] [--turns 20]

Ten thousand phrases are written by the cache's own code: first all of them, then again into a share that holds a part.
Then a daemon serves them over a real socket. A request that is not in the cache is compared with one that has nothing
to do with it, in turns, by the voice of a home that is given, else by the tone engine.
"""

from __future__ import annotations

import argparse
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from edge_tts import Client, store
from edge_tts.audio_cache import key as cache_key
from edge_tts.audio_cache.cache import Cache
from edge_tts.config.loading import load as load_config
from edge_tts.config.settings import Config
from edge_tts.disk import used_bytes
from edge_tts.engines.model import ModelFiles
from edge_tts.wire import Audio, Done, Speak, worker_messages
from edge_tts.worker.recorder import Recorder

SHARE_BYTES = 40_000_000
"""The small share; ten thousand phrases of the benchmark take about four times as much."""

SECONDS = 1.0
"""Length of a phrase."""


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--phrases", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--home", type=Path, help="with a model, to compare misses by; see EDGE_TTS_HOME")
    parser.add_argument("--turns", type=int, default=20, help="of that comparison")
    parser.add_argument("--voice", default="", help="of that home")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        settings = load_config(variables(Path(root)))
        model = store.install(settings, "tone").model.files_for_engine(settings.paths.prepared)
        speaks = [Speak(text=f"这是第{number}句话。", voice="beep") for number in range(options.phrases)]
        share(settings, model, speaks)
        fill(settings, model, speaks)
        look_up(settings, model, speaks, options.requests)
        with serving(Path(root)) as path:
            hits(path, speaks, options.requests)
            beside_writing(path, speaks, options.requests)
            misses(path, "beep", options.requests // 5)
        if options.home:
            with serving(options.home) as path:
                misses(path, options.voice, options.turns)
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, {os.uname().machine}")


def variables(home: Path) -> dict[str, str]:
    """Return an environment with everything under one folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EDGE_TTS_")}
    return {**kept, "EDGE_TTS_HOME": str(home)}


@contextmanager
def serving(home: Path) -> Iterator[Path]:
    """Run a daemon on a socket of its own; yields the socket's path."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as readiness:
        readiness.bind(f"{folder}/ready")
        environ = {**variables(home), "EDGE_TTS_SOCKET": f"{folder}/socket", "NOTIFY_SOCKET": f"{folder}/ready"}
        daemon = subprocess.Popen([sys.executable, "-m", "edge_tts", "serve"], env=environ)
        try:
            readiness.recv(100)
            yield Path(folder) / "socket"
        finally:
            daemon.terminate()
            daemon.wait()


def body_of(speak: Speak, model: ModelFiles) -> bytes:
    """Return a recording of noise that is packed about as well as speech is."""
    rng = np.random.default_rng(len(speak.text))
    samples = np.clip(rng.normal(0, 0.01, round(SECONDS * model.sample_rate)), -1, 1).astype(np.float32)
    opened = worker_messages.Opened(spans=[[0, len(speak.text)]], ignored=[], unread=[], sample_rate=model.sample_rate)
    recorder = Recorder(worker_messages.Open(speak={}, record="x", edition="e"), opened, speak, model, "e")
    recorder.add(samples, b"")
    recorder.end_sentence(worker_messages.SentenceDone(last=True, samples=len(samples), seconds=0.1), None)
    return recorder.recorded().body


def keys_of(model: ModelFiles, speaks: list[Speak]) -> list[str]:
    """Return the keys under which a daemon would look."""
    edition = cache_key.edition("")
    return [cache_key.key(speak, model, edition) for speak in speaks]


def share(settings: Config, model: ModelFiles, speaks: list[Speak]) -> None:
    """Write all phrases into a share that holds a part of them, and look at the disk in between."""
    small = replace(settings, disk=replace(settings.disk, audio_bytes=SHARE_BYTES))
    cache, body, seconds, most = Cache(small), body_of(speaks[0], model), [], 0
    for number, key in enumerate(keys_of(model, speaks)):
        seconds.append(timed(lambda key=key: cache.keep(key, body)))  # type: ignore[misc]
        if number % 20 == 0:
            most = max(most, used_bytes(cache.folder))
    entries = cache.entries()
    print(f"{len(speaks)} phrases of {SECONDS:g} s, {len(body)} bytes each, into a share of {SHARE_BYTES} bytes:")
    report("  writing one", seconds)
    print(f"  most bytes on the disk {most}, over the share {max(0, most - SHARE_BYTES)}; {len(entries)} phrases stay")
    cache.remove(entries)


def fill(settings: Config, model: ModelFiles, speaks: list[Speak]) -> None:
    """Write all phrases into a share that holds them."""
    cache, body = Cache(settings), body_of(speaks[0], model)
    for key in keys_of(model, speaks):
        cache.keep(key, body)


def look_up(settings: Config, model: ModelFiles, speaks: list[Speak], requests: int) -> None:
    """Look up phrases that are there and phrases that are not."""
    cache, edition = Cache(settings), cache_key.edition("")
    chosen = random.Random(1).choices(speaks, k=requests * 4)

    def find(speak: Speak) -> None:
        if kept := cache.find(cache_key.key(speak, model, edition)):
            kept.close()

    print(f"look-up among {len(cache.entries())} phrases, key and checksum included:")
    report("  there", [timed(lambda speak=speak: find(speak)) for speak in chosen])  # type: ignore[misc]
    absent = [speak.changed(text=f"{speak.text}吗") for speak in chosen]
    report("  not there", [timed(lambda speak=speak: find(speak)) for speak in absent])  # type: ignore[misc]


def hits(path: Path, speaks: list[Speak], requests: int) -> None:
    """Time the first audio of phrases that are in the cache, each format for itself."""
    with Client(path) as client:
        while not client.status()["cache"]["used_bytes"]:  # it still looks at what is there
            time.sleep(0.1)
        print(f"a hit over the socket, from request to first audio, {requests} each:")
        report("  for comparison: voices", [timed(client.voices) for _ in range(requests)])
        for audio_format in ("pcm_s16le", "wav", "pcm_f32le"):
            chosen = random.Random(2).choices(speaks, k=requests)
            seconds = [first_audio(client, speak.text, format=audio_format, expect=True) for speak in chosen]
            report(f"  {audio_format}", seconds)
        status = client.status()
        loaded = [model["name"] for model in status["models"] if model["pid"]]
        print(f"  daemon {status['memory'] / 1e6:.1f} MB resident, models loaded: {', '.join(loaded) or 'none'}")


def beside_writing(path: Path, speaks: list[Speak], requests: int) -> None:
    """Time hits while another client has new phrases made and written all the time."""
    ended = threading.Event()

    def write() -> None:
        with Client(path) as client:
            for number in range(1_000_000):
                if ended.is_set():
                    return
                list(client.utter(f"新的第{number}句话。", voice="beep", output="none"))

    writer = threading.Thread(target=write)
    writer.start()
    with Client(path) as client:
        chosen = random.Random(3).choices(speaks, k=requests)
        report("  while others are written", [first_audio(client, speak.text, expect=True) for speak in chosen])
    ended.set()
    writer.join()


def misses(path: Path, voice: str, turns: int) -> None:
    """Compare the first audio of a miss with that of a request without a cache, in turns."""
    with Client(path, timeout_seconds=None) as client:
        first_audio(client, "请稍等。", voice=voice, cache=False)
        pairs = []
        for turn in range(turns):
            # a text that no earlier run has left in the cache of that home
            text = f"请第{int(time.time()) % 1_000_000 + turn}号到{turn + 3}号窗口，谢谢。"
            order = (True, False) if turn % 2 else (False, True)
            by_use = {use: first_audio(client, text, voice=voice, cache=use, expect=False) for use in order}
            pairs.append((by_use[True], by_use[False]))
    print(f"a miss of {voice or 'the default voice'}, from request to first audio, {turns} turns:")
    report("  may be kept", [kept for kept, _ in pairs])
    report("  without a cache", [without for _, without in pairs])
    print(f"  ratio, median of the turns {statistics.median(kept / without for kept, without in pairs):.3f}")


def first_audio(client: Client, text: str, *, expect: bool | None = None, **options: object) -> float:
    """Return seconds until the first audio frame; the rest is read and dropped."""
    began, first = time.perf_counter(), 0.0
    for message in client.utter(text, **{"output": "return", "voice": "beep", **options}):
        if isinstance(message, Audio) and not first:
            first = time.perf_counter() - began
        if isinstance(message, Done) and expect is not None and message.stats["cached"] != expect:
            raise SystemExit(f"{text!r} was expected to be {'' if expect else 'not '}in the cache")
    return first


def timed(action: Callable[[], object]) -> float:
    """Return the seconds that an action takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def report(name: str, seconds: list[float]) -> None:
    """Print a row of milliseconds."""
    ordered = sorted(seconds)
    p95, last = ordered[int(len(ordered) * 0.95)], ordered[-1]
    print(
        f"{name:<28} p50 {statistics.median(ordered) * 1000:8.3f} ms   p95 {p95 * 1000:8.3f}   "
        f"slowest {last * 1000:8.3f}"
    )


if __name__ == "__main__":
    main()
