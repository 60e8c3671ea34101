"""Finds the stages in a folder: a stage is the folder of one model, with config.yaml and its checkpoints in ckpt/."""

from __future__ import annotations

from pathlib import Path

from edge_tts.errors import ConversionError
from edge_tts.store.published import contents

_ORIGINAL = "orig_model"
"""Folder in which fine-tuning keeps the model that it began with."""
_DEEPEST = 4
"""Folders below a package in which traces of older ones are looked for."""


def pair(folder: Path) -> tuple[Path, Path] | None:
    """Return the stages of acoustic model and vocoder of a folder, None where it has neither.

    Where only one was tuned, the other one is that of the original.

    Raises:
        ConversionError: the original has none, or several.
    """
    for names in contents.PAIRS:
        if any((folder / name / "ckpt").is_dir() for name in names):
            acoustic, vocoder = (_tuned(folder, name, which) for which, name in enumerate(names))
            return acoustic, vocoder
    return None


def _tuned(folder: Path, name: str, which: int) -> Path:
    """Return a stage of a folder, or what it was before fine-tuning; `which` of a pair it is."""
    original = folder / _ORIGINAL
    if (folder / name / "ckpt").is_dir() or not original.is_dir():
        return folder / name
    for kind in (f"{contents.BASE}*", "voices/*"):
        forms = [f"{kind}/{names[which]}" for names in contents.PAIRS]
        found = [path for form in forms for path in sorted(original.glob(form)) if (path / "ckpt").is_dir()]
        if len(found) == 1:
            return found[0]
        if found:
            break
    option = ("--am-ckpt", "--voc-ckpt")[which]
    raise ConversionError(f"{folder} has no {name}/ckpt, and not one in {original} to take instead; name it: {option}")


def stage(given: Path) -> Path:
    """Return the stage that a checkpoint, its ckpt/, or the stage itself belongs to."""
    if (given / "ckpt").is_dir():
        return given
    return given.resolve().parent if given.is_dir() else given.resolve().parent.parent


def checkpoint(given: Path) -> Path:
    """Return a checkpoint: the file itself, or the newest one of a stage or of its ckpt/.

    Raises:
        ConversionError: there is none.
    """
    if given.is_file() or given.suffix == ".pth":
        return given
    for folder in (given / "ckpt", given):
        if found := contents.newest(str(path) for path in folder.glob("checkpoint*.pth")):
            return Path(found)
    raise ConversionError(f"{given} has no checkpoint, expected checkpoint_NUMBER.pth, there or in its ckpt/")


def first(*paths: Path) -> Path:
    """Return the first of some files that is there, the first of all if none is."""
    return next((path for path in paths if path.exists()), paths[0])


def old(folder: Path) -> str:
    """Return what is wrong with a package of 2022 or earlier; "" for any other folder."""
    names = [path.relative_to(folder) for depth in range(_DEEPEST) for path in folder.glob("*/" * depth + "*.*")]
    ours = [path for path in names if path.parts[0] != "resource"]  # of the closed front end
    if any(path.suffix == ".pb" for path in ours):
        return f"{folder} holds TensorFlow graphs; only PyTorch packages of 2023 and later are read"
    if any(path.name in ("voices.zip", "pytorch_model.bin") for path in ours):
        return (
            f"{folder} has the layout of early packages (voices.zip, pytorch_model.bin), whose vocoder is named "
            "differently; download its revision of 2023 or later, with voices/voices.json"
        )
    return ""
