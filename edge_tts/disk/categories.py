"""The categories of what we own on the disk, and the folders of each."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from edge_tts.config.settings import Paths
from edge_tts.disk import forms
from edge_tts.disk.forms import EVERYTHING, Form


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of what we own.

    Attributes:
        name: the name that programs see.
        places: returns its folders (or file); they need not exist, and may be links to another disk.
        form: tells what in a place is ours, and what is used and removed as a whole.
        many: whether it has tens of thousands of files, each in use for moments only.
    """

    name: str
    places: Callable[[Paths], tuple[Path, ...]]
    form: Form = EVERYTHING
    many: bool = False


def _environment(paths: Paths) -> tuple[Path, ...]:
    """Return the virtual environment, or only this package where Python is the system's."""
    isolated = sys.prefix != sys.base_prefix
    return (Path(sys.prefix) if isolated else Path(__file__).parents[1],)


CATEGORIES: Mapping[str, Category] = {
    category.name: category
    for category in (
        # Names move from `temporary` to others when a write is complete: measured first, nothing is missed.
        Category("temporary", lambda paths: (paths.temporary, paths.models / ".tmp"), forms.TEMPORARY),
        Category("downloads", lambda paths: (paths.downloads, paths.models / ".downloads"), forms.DOWNLOADS),
        Category("models", lambda paths: (paths.models,), forms.MODELS),
        Category("prepared", lambda paths: (paths.prepared,), forms.PREPARED),
        Category("audio", lambda paths: (paths.audio,), forms.AUDIO, many=True),
        Category("voice_states", lambda paths: (paths.voice_states,), forms.VOICE_STATES, many=True),
        Category("logs", lambda paths: (paths.log.parent,), forms.LOGS),
        Category("lexicons", lambda paths: (paths.lexicon,)),
        Category("other", lambda paths: (paths.state, paths.cache)),  # whatever else is in our folders
        Category("environment", _environment),
    )
}


def nested(category: Category, paths: Paths) -> frozenset[str]:
    """Return the places of other categories, which a walk through this one leaves out."""
    return frozenset(
        str(place)
        for other in CATEGORIES.values()
        for place in other.places(paths)
        if other is not category and other.name != "environment"
    )


def category_of(folder: Path, paths: Paths) -> Category | None:
    """Return the category that a folder belongs to, None for one that is not ours."""
    folder = folder.absolute()
    found = [
        (len(place.parts), category)
        for category in CATEGORIES.values()
        for place in category.places(paths)
        if category.name != "environment" and folder.is_relative_to(place.absolute())
    ]
    return max(found, key=lambda match: match[0])[1] if found else None
