"""Every file of a manifest, each from the first of its sources that gives the right bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge_tts.config.settings import Config
from edge_tts.errors import ModelCorrupt, SourceUnavailable, StoreError
from edge_tts.store.fetch.sources import Sources
from edge_tts.store.lock import kept_downloads
from edge_tts.store.manifest import File, Manifest
from edge_tts.store.offers import Offer
from edge_tts.store.progress import Progress, Step
from edge_tts.system import whole_files

_Failures = dict[File, list[SourceUnavailable | ModelCorrupt]]


@contextmanager
def opened(config: Config, offer: Offer, folder: Path, progress: Progress) -> Iterator[Sources]:
    """Yield the sources of an offer, open for the block; `progress` is told what they download."""
    total = offer.manifest.needs.download_bytes or offer.manifest.needs.installed_bytes

    def report(names: str, size: int) -> None:
        progress(Step("download", names, min(size, total), total))

    with Sources(folder, offer.base, report, config.downloads, kept_downloads(config.paths)) as sources:
        yield sources


def gather(manifest: Manifest, tree: Path, sources: Sources, progress: Progress) -> None:
    """Put every file into `tree`, each from the first source that gives the right bytes; first sources come first."""
    failures: _Failures = {file: [] for file in manifest.files}
    done, total = 0, manifest.needs.installed_bytes
    for level in range(max((len(file.sources) for file in manifest.files), default=0)):
        wanted = [(file, file.sources[level]) for file in failures if len(file.sources) > level]
        sources.prefetch(wanted)
        for file, source in wanted:
            try:
                sources.take(file, source, tree / file.path, _meter(progress, file, done, total))
            except SourceUnavailable as error:
                failures[file].append(error)
            except ModelCorrupt as error:
                failures[file].append(ModelCorrupt(f"{source}: {error}"))
            else:
                done += file.size
                del failures[file]
    if failures:
        raise _nothing_right(*next(iter(failures.items())))


def _meter(progress: Progress, file: File, before: int, total: int) -> whole_files.Report:
    return lambda done: progress(Step("install", file.path, before + done, total))


def _nothing_right(file: File, failures: list[SourceUnavailable | ModelCorrupt]) -> StoreError:
    kind = ModelCorrupt if any(isinstance(error, ModelCorrupt) for error in failures) else SourceUnavailable
    reasons = "; ".join(str(error) for error in failures) or "its manifest names none"
    return kind(f"no source has the right bytes of {file.path}: {reasons}")
