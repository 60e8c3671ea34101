"""Tells which files in our folders are ours, by the form of their names; pure. All others are somebody else's.

A name alone is not enough to remove something: see ownership.py for the folder that it must be in, and recordings and
models are looked into as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

RECORDING = b"ettsrec1"
"""The first bytes of a recording; see recording_file.py."""

MANIFEST = "manifest.toml"
"""The file without which a folder is no model."""

MARK = ".edge-tts-folder"
"""The file that says that a folder is ours; see ownership.py."""

ASIDE = ".evicted-"
"""The beginning of the name of what is being removed."""

_SUFFIX = r"[a-z0-9_]{8}"  # of tempfile
_NAME = r"[a-z0-9][a-z0-9._-]{0,63}"
_VERSION = r"(?!default$)[A-Za-z0-9][A-Za-z0-9._+-]{0,63}"


@dataclass(frozen=True, slots=True)
class Form:
    """What a file or folder is, by its name and place.

    Attributes:
        inside: the forms of what may be in a folder, by the pattern of its name.
        file: whether it is a file.
        unit: whether it is used and removed as a whole; then all in it belongs to it.
        witness: a file that must be in the folder.
    """

    inside: tuple[tuple[re.Pattern[str], Form], ...] = ()
    file: bool = False
    unit: bool = False
    witness: str = ""

    def of(self, name: str, *, folder: bool) -> Form:
        """Return the form of what is called so in here, NOTHING for what is not ours."""
        if self.unit:
            return EVERYTHING
        for pattern, form in self.inside:
            if pattern.fullmatch(name):
                return NOTHING if form.file == folder else form
        return NOTHING


EVERYTHING = Form(unit=True)
"""The form of places in which all is ours, or belongs to a unit."""

NOTHING = Form()
"""The form of what is not ours."""

_FILE = Form(file=True, unit=True)


def holding(inside: dict[str, Form]) -> Form:
    """Return the form of a folder by the patterns of the names in it."""
    return Form(tuple((re.compile(pattern), form) for pattern, form in inside.items()))


_MODEL = Form(unit=True, witness=MANIFEST)
_VERSIONS = {_VERSION: _MODEL}

SCRATCH = re.compile(rf"(install|remove|move|convert)-{_SUFFIX}")
"""The name of a folder in which something is being made."""

MODELS = holding(
    {
        _NAME: holding({"default": _FILE, **_VERSIONS}),
        r"\.quarantine": holding({_NAME: holding(_VERSIONS)}),
    }
)
PREPARED = holding({_NAME: holding({rf"({re.escape(ASIDE)})?[0-9a-f]{{16}}": Form(unit=True)})})
_RECORDINGS = holding({rf"(\.new-[0-9a-f]{{16}}-)?[0-9a-f]{{40}}|\.new-{_SUFFIX}": _FILE})
AUDIO = holding({"[0-9a-f]|pinned": _RECORDINGS})
TEMPORARY = Form(((SCRATCH, Form(unit=True)),))
DOWNLOADS = holding({r"[0-9a-f]{64}(\.[0-9]+)?(\.json)?|(pip|npm)-[0-9a-f]{64}": _FILE})
VOICE_STATES = holding({"[0-9a-f]{64}": _FILE})
LOGS = holding({r"daemon\.log(\.[0-9])?": _FILE})

_GRAPHS = re.compile(
    r"graph\.onnx|weights(\.bin)?|arrays\.bin|prepared\.json|tuning\.json|moments-[0-9]+-[\w.-]+\.bin|\.lock"
    r"|\.new-[0-9a-f]+-[\w.-]+|[\w.-]+\.(engine|profile|timing)"
)
_GRAPH_FOLDER = re.compile(rf"[0-9a-f]{{16}}|arrays|\.new-{_SUFFIX}")


def is_of_a_graph(path: str, folder: bool) -> bool:
    """Return whether a path inside a model's prepared graphs is one that we make; of folders the innermost only."""
    return bool((_GRAPH_FOLDER if folder else _GRAPHS).fullmatch(path.rpartition("/")[2]))
