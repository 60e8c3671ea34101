"""Which installed model a voice belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from edge_tts.config.settings import Paths
from edge_tts.engines import tuning
from edge_tts.engines.model import Voice
from edge_tts.errors import ModelCorrupt, UnknownVoice
from edge_tts.store.catalog import catalog
from edge_tts.store.installed import Installed, installed, nearest, prepared_folder, require_reachable
from edge_tts.store.integrity import Quarantined, is_usable, quarantined
from edge_tts.store.manifest import Manifest

AUTOMATIC = frozenset({"", "auto"})
"""What stands for the voice that sounds best of those that are fast enough here."""


def find_voice(
    paths: Paths, voice: str, rtf_limit: float, models: list[Installed] | None = None
) -> tuple[Installed, Voice]:
    """Return the voice of that name and its model; for one of AUTOMATIC a model's default voice, see `automatic`.

    Args:
        paths: where the store is.
        voice: its name, or MODEL/NAME; see `called`.
        rtf_limit: what `automatic` calls fast enough.
        models: the installed ones, where somebody has just read them.

    Raises:
        UnknownVoice: there is none; the message has the nearest names, or the model to install.
        ModelCorrupt: its model is damaged and was moved aside.
        ModelUnreachable: the disk that holds the models is not there.
    """
    models = installed(paths) if models is None else models
    voices = {f"{model.name}/{entry.name}": (model, entry) for model in models for entry in model.voices}
    short = called(models)
    voices |= short
    if voice in AUTOMATIC and models:
        model = automatic([model for model in models if is_usable(model)] or models, paths.prepared, rtf_limit)
        return model, model.voices[0]
    if voice in voices:
        return voices[voice]
    require_reachable(paths)
    for damaged in quarantined(paths):
        names = [entry.name for entry in damaged.manifest.voices]
        if voice in AUTOMATIC or voice in [*names, *(f"{damaged.manifest.name}/{name}" for name in names)]:
            raise ModelCorrupt(_damaged(damaged))
    raise UnknownVoice(_unknown_voice(voice, list(short)))


def called(models: Iterable[Installed]) -> dict[str, tuple[Installed, Voice]]:
    """Return each voice with its model by what it is called: its name, or MODEL/NAME where that is taken.

    Args:
        models: the models by name; a voice that several have belongs to the first.
    """
    found: dict[str, tuple[Installed, Voice]] = {}
    for model in models:
        for voice in model.voices:
            found[f"{model.name}/{voice.name}" if voice.name in found else voice.name] = model, voice
    return found


def automatic(models: list[Installed], prepared_root: Path, rtf_limit: float) -> Installed:
    """Return the model that sounds best of those that were measured to be fast enough.

    A model that was not measured counts as fast enough. Where none is, the fastest one is returned.

    Args:
        models: the models to choose from, at least one.
        prepared_root: folder of all prepared graphs, and of what was measured.
        rtf_limit: the most synthesis seconds for a second of audio.
    """
    measured = {model.name: tuning.read(prepared_folder(prepared_root, model.manifest)) for model in models}
    factors = {name: record.chosen.rtf if record else 0.0 for name, record in measured.items()}
    able = [model for model in models if factors[model.name] <= rtf_limit]
    if not able:
        return min(models, key=lambda model: factors[model.name])
    return max(able, key=lambda model: model.manifest.preference)


def _damaged(model: Quarantined) -> str:
    name, reason = model.manifest.name, model.reason
    return f"model {name} is damaged and was moved aside, edge-tts models install {name} repairs it: {reason}"


def _refused(manifest: Manifest) -> bool:
    return bool(manifest.convert and manifest.convert.refused)


@cache
def _shipped() -> dict[str, Manifest]:
    """Return the shipped catalog, read once: any client may ask for voices that are not there, again and again."""
    return catalog()


def _unknown_voice(voice: str, known: list[str]) -> str:
    listed = sorted(_shipped().values(), key=lambda manifest: -len(manifest.voices))  # the smallest with it is told
    offers = {entry.name: one.name for one in listed if not _refused(one) for entry in one.voices}
    if voice in offers:
        model = offers[voice]
        command = "pull-and-convert" if _shipped()[model].convert else "install"
        return f"voice {voice!r} is in model {model}, which is not installed: edge-tts models {command} {model}"
    if not known:
        able = [manifest for manifest in _shipped().values() if not manifest.convert]
        best = max(able, key=lambda manifest: (not manifest.licences.accept, manifest.preference))
        return f"no voice is installed: edge-tts models install {best.name}"
    return f"no voice is called {voice!r}; {nearest(voice, known)}"
