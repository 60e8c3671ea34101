"""`edge-tts doctor`: checks whether everything that speaking needs is there, and says how to mend what is not."""

from __future__ import annotations

import argparse
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata, util
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

from edge_tts import store
from edge_tts.cli.terminal import green, print_json, red, size
from edge_tts.client.blocking import Client
from edge_tts.config.loading import load as load_config
from edge_tts.config.settings import Config
from edge_tts.disk import Accounts, free_bytes
from edge_tts.disk.ownership import strangers
from edge_tts.disk.writing import existing
from edge_tts.engines import ways
from edge_tts.engines.tuning import Way
from edge_tts.errors import EdgeTTSError, ModelUnreachable, StoreError
from edge_tts.graphs import gpu
from edge_tts.native import LIBRARY
from edge_tts.printable import printable
from edge_tts.sound.loudspeaker import described
from edge_tts.system.private import make_root

_OURS, _CLOUD = "edge-tts-daemon", "edge-tts"

_SOUND_RATE = 24000
"""Sample rate of the default voice and of most others, Hz."""

_PATIENCE_SECONDS, _LESS_SECONDS = 15.0, 1.0
"""How long a check may take; and how long the next ones may, once one took too long."""

_HUNG = "see dmesg and findmnt which disk or network mount does not answer; speech goes on without it where it can"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found.

    Attributes:
        name: what was checked.
        ok: whether all is well.
        finding: the result, for people.
        mend: what to do about it, "" if nothing.
    """

    name: str
    ok: bool
    finding: str
    mend: str = ""


def doctor(options: argparse.Namespace) -> int:
    """Run all checks; the exit status is 1 if one found a fault."""
    settings = load_config()
    findings = list(_findings(settings))
    if options.json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            _show(finding)
    return 0 if all(finding.ok for finding in findings) else 1


def _findings(settings: Config) -> Iterator[Finding]:
    """Yield what each check finds; a check that hangs on a disk must not keep the others from being made."""
    patience = _PATIENCE_SECONDS
    for check in _CHECKS:
        found: Queue[Finding | BaseException] = Queue()
        Thread(target=_answer, args=(check, settings, found), daemon=True).start()
        try:
            finding = found.get(timeout=patience)
        except Empty:
            name = check.__name__.removeprefix("_check_")
            finding = Finding(name, False, f"no answer for {patience:g} s: a disk seems to hang", _HUNG)
            patience = _LESS_SECONDS
        if isinstance(finding, BaseException):
            raise finding
        yield finding


def _answer(check: Callable[[Config], Finding], settings: Config, found: Queue[Finding | BaseException]) -> None:
    try:
        found.put(check(settings))
    except BaseException as error:  # belongs to who asked
        found.put(error)


def _show(finding: Finding) -> None:
    mark = green("ok   ") if finding.ok else red("fault")
    print(f"{mark} {finding.name:<13} {printable(finding.finding)}")
    if finding.mend:
        print(f"      {'':<13} → {printable(finding.mend)}")


def _check_clash(_: Config) -> Finding:
    """Check that no client of a cloud service with the names of our module and command is installed."""
    try:
        version = metadata.version(_CLOUD)
    except metadata.PackageNotFoundError:
        return _check_command()
    finding = f"the cloud client {_CLOUD} {version} is in the same environment and overwrites our files"
    mend = f"pip uninstall {_CLOUD} {_OURS}, then install {_OURS} again, in an environment of its own"
    return Finding("environment", False, finding, mend)


def _check_command() -> Finding:
    own = Path(__file__).resolve().parents[1]
    found = util.find_spec("edge_tts")
    if found is None or found.origin is None or Path(found.origin).resolve().parent != own:
        return Finding("environment", False, f"module edge_tts is {found and found.origin}", f"it should be {own}")
    first = shutil.which("edge-tts")
    script = Path(os.path.realpath(first)) if first else None
    if script and b"edge_tts.cli" not in script.read_bytes()[:4096]:
        mend = "call ours by its full path, or remove the other"
        return Finding("environment", False, f"the first edge-tts on PATH, {script}, is another program", mend)
    return Finding("environment", True, f"{own}, no clash with another edge-tts")


def _check_runtime(_: Config) -> Finding:
    try:
        version = metadata.version("onnxruntime")
        other = "onnxruntime-gpu"
        metadata.version(other)
    except metadata.PackageNotFoundError as missing:
        if str(missing.name or missing).endswith("-gpu"):
            return Finding("onnxruntime", True, f"onnxruntime {version}, CPU")
        return _check_gpu_runtime()
    return Finding("onnxruntime", False, "onnxruntime and onnxruntime-gpu are both installed", "uninstall one")


def _check_gpu_runtime() -> Finding:
    try:
        return Finding("onnxruntime", True, f"onnxruntime-gpu {metadata.version('onnxruntime-gpu')}")
    except metadata.PackageNotFoundError:
        return Finding("onnxruntime", False, "not installed", f"pip install '{_OURS}[cpu]' (or [gpu])")


def _check_native(_: Config) -> Finding:
    """Check whether the convolutions in C are used; without them everything works, but slowly."""
    from edge_tts.native.convolution import available  # loads numpy

    if not LIBRARY.exists():
        finding = "missing, as the package was built without a C compiler: speech takes more than twice as long"
        return Finding("native code", False, finding, "apt install gcc libc6-dev, then install the package again")
    if not available():
        return Finding(
            "native code", True, "not used: it has no fast loops for this processor, or fails its self-check"
        )
    return Finding("native code", True, "fits this processor")


def _check_gpu(settings: Config) -> Finding:
    """Check whether a GPU computes; that there is none is a fault only where the configuration wants one."""
    provider = settings.engines.provider
    if provider == "cpu":
        return Finding("gpu", True, "not used: provider in table [engines] is cpu")
    try:
        found = gpu.find()
        from edge_tts.graphs.runtime import use_gpu  # loads ONNX Runtime

        use_gpu("tensorrt" if provider == "tensorrt" else "cuda")
    except EdgeTTSError as error:
        wanted = provider != "auto"
        return Finding("gpu", not wanted, f"not used: {error}", "the CPU computes instead" if wanted else "")
    used = [model.name for model in store.installed(settings.paths) if _way(settings, model).device != "CPU"]
    finding = f"{found.name}, {size(found.memory_bytes)}, used by: {', '.join(used) or 'no model'}"
    return Finding("gpu", True, finding, "" if used else "edge-tts models prepare --tune measures what it is good for")


def _way(settings: Config, model: store.Installed) -> Way:
    files = model.files_for_engine(settings.paths.prepared)
    return ways.way(files.engine, files.prepared, settings.engines.threads, "", settings.engines.provider)


def _check_sound(settings: Config) -> Finding:
    try:
        return Finding("sound", True, described(settings.sound.device, _SOUND_RATE))
    except EdgeTTSError as error:
        mend = "apt install libportaudio2, and a sound server or an ALSA device; audio can be returned without one"
        return Finding("sound", False, str(error), mend)


def _check_socket(settings: Config) -> Finding:
    path = settings.paths.socket
    try:
        with Client() as client:
            report = client.status()
            answers = f"version {report['version']} answers on {client.path}"
            hung = ", ".join(f"{one['name']} for {one['seconds']:.0f} s" for one in report.get("hung", ()))
            return Finding("daemon", not hung, f"{answers}; hung: {hung}" if hung else answers, _HUNG if hung else "")
    except EdgeTTSError as error:
        if path.exists() and not os.access(path, os.W_OK):
            mode = stat.filemode(path.stat().st_mode)
            return Finding("daemon", False, f"{path} is {mode}: not ours", "join its group, or set EDGE_TTS_SOCKET")
        return Finding("daemon", True, str(error), "nothing to do: say starts one")


def _check_models(settings: Config) -> Finding:
    models = store.installed(settings.paths)
    try:
        store.require_reachable(settings.paths)
    except ModelUnreachable as error:
        return Finding("models", False, str(error), f"connect it, or remove the link {settings.paths.models}")
    if not models and not store.quarantined(settings.paths):
        return Finding("models", False, f"none in {settings.paths.models}", "edge-tts models install kokoro")
    for damaged in store.quarantined(settings.paths):
        name = damaged.manifest.name
        finding = f"{name} {damaged.manifest.version} is damaged and was moved aside: {damaged.reason}"
        return Finding("models", False, finding, f"edge-tts models install {name}")
    for model in models:
        try:
            store.check(model)
        except ModelUnreachable as error:
            return Finding("models", False, str(error), f"connect it, or edge-tts models remove {model.name}")
        except StoreError as error:
            return Finding("models", False, str(error), f"edge-tts models install {model.name}")
    for problem in store.unreadable(settings.paths):
        return Finding("models", False, problem, "remove that file, or install its model again")
    names = ", ".join(f"{model.name} {model.manifest.version}" for model in models)
    return Finding("models", True, f"{names}; digests are checked by: edge-tts models verify")


def _check_folders(settings: Config) -> Finding:
    """Check that the folders of state, cache and socket are ours, also behind links, and can be written."""
    paths = settings.paths
    uses = {
        paths.state: "no model can be installed, and nothing is logged",
        paths.cache: "nothing that was said is kept",
        paths.socket.parent: "no daemon can be started",
    }
    for place, without in uses.items():
        try:
            there = existing(place)
            if there == place and place != paths.socket.parent:
                make_root(place)
            if not os.access(there, os.W_OK):
                raise StoreError(f"{there} cannot be written")
        except (StoreError, OSError) as error:
            mend = f"{without}: make it this user's, or name other folders with EDGE_TTS_HOME or the XDG variables"
            return Finding("folders", False, str(error), mend)
    for stranger in strangers(paths):
        return Finding("folders", False, str(stranger), stranger.remedy)
    return Finding("folders", True, ", ".join(map(str, uses)))


def _check_voice(settings: Config) -> Finding:
    try:
        model, voice = store.find_voice(settings.paths, settings.speech.voice, settings.speech.rtf_limit)
        return Finding("default voice", True, f"{voice.name} of {model.name}")
    except EdgeTTSError as error:
        return Finding("default voice", False, str(error), "set voice in table [speech] of the configuration")


def _check_disk(settings: Config) -> Finding:
    used, budget = Accounts(settings).measure().used_bytes, settings.disk.budget_bytes
    free, keep = free_bytes(settings.paths.models), settings.disk.reserve_bytes
    finding = f"{size(used)} used of {size(budget)}, {size(free)} free on the disk of {settings.paths.models}"
    if used > budget:
        return Finding("disk", False, finding, "edge-tts disk shows what could go; edge-tts disk evict --evict-models")
    return Finding(
        "disk", free > keep, finding, "" if free > keep else f"make room on that disk, {size(keep)} stay free"
    )


_CHECKS: tuple[Callable[[Config], Finding], ...] = (
    _check_clash,
    _check_runtime,
    _check_native,
    _check_gpu,
    _check_sound,
    _check_socket,
    _check_folders,
    _check_models,
    _check_voice,
    _check_disk,
)
