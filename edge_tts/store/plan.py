"""What an installation takes of the disk."""

from __future__ import annotations

from edge_tts import disk
from edge_tts.config import Config
from edge_tts.store.manifest import File, Manifest
from edge_tts.store.origins import FromArchive, FromFile, FromHub, FromPackages, FromUrl
from edge_tts.store.transfers import SPAN_BYTES


def download_bytes(manifest: Manifest) -> int:
    """Return what the preferred sources of a model's files transfer."""
    if any(_is_packed(file) for file in manifest.files):
        return manifest.needs.download_bytes
    return sum(file.size for file in manifest.files if _is_fetched(file))


def room_while_installing(manifest: Manifest, config: Config) -> int:
    """Return what an installation takes at most: packages and files, then files and prepared graphs."""
    beside = manifest.needs.download_bytes if any(_is_packed(file) for file in manifest.files) else 0
    spans = [file.size for file in manifest.files if _is_fetched(file) and file.size >= 2 * SPAN_BYTES]
    if spans:  # a span is copied to the others before it is removed
        beside = max(beside, max(spans) // max(1, config.downloads.parallel) + SPAN_BYTES)
    installed = disk.allocated_bytes(file.size for file in manifest.files) + len(manifest.text)
    return installed + max(beside, manifest.needs.prepared_bytes)


def _is_packed(file: File) -> bool:
    """Return whether a file comes in something larger that is downloaded."""
    match file.sources[:1]:
        case (FromPackages(),):
            return True
        case (FromArchive(archive=archive),):
            return not isinstance(archive, FromFile)
        case _:
            return False


def _is_fetched(file: File) -> bool:
    """Return whether a file is downloaded as it is."""
    return isinstance(file.sources[0] if file.sources else None, FromUrl | FromHub)
