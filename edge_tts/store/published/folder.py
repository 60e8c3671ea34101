"""A published package in a temporary folder, every file of it checked, for a conversion."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge_tts.config.settings import Config
from edge_tts.errors import ModelCorrupt
from edge_tts.store.build_folder import BuildFolder, build_folder
from edge_tts.store.catalog import catalog_folder
from edge_tts.store.fetch.sources import Sources
from edge_tts.store.gather import gather, opened
from edge_tts.store.install import require_acceptance
from edge_tts.store.lock import kept_downloads
from edge_tts.store.manifest import Manifest
from edge_tts.store.offers import Offer
from edge_tts.store.plan import wanted
from edge_tts.store.progress import Progress, silent


@contextmanager
def package_folder(
    config: Config, manifest: Manifest, progress: Progress = silent, *, accept_license: bool = False
) -> Iterator[BuildFolder]:
    """Fetch a package for the block; room for it and for all that is made of it is promised first.

    Downloads are kept until the block ends without an error, for the next time. The folder is gone after the block, and
    after a kill with the next change of the store.

    Args:
        config: where the store is, the budget, and how to download.
        manifest: the manifest of the package, pinned.
        progress: is called during downloads.
        accept_license: whoever asks agrees to what `licences.accept` asks for.

    Yields:
        A build folder with the files in `package`; others may change the store already.

    Raises:
        LicenseNotAccepted: the manifest asks for an agreement; nothing was fetched.
        SourceUnavailable: the hub does not give a file.
        ModelCorrupt: it gives other bytes than were pinned.
        BudgetExceeded: package and model would not fit into the budget; nothing was fetched.
        DiskFull: there is no room.
        StoreError: another installation is running.
    """
    require_acceptance(manifest, accept_license)
    room_bytes = wanted(manifest, config.downloads.parallel).peak_bytes
    with build_folder(config, room_bytes, f"converting {manifest.name}") as build:
        package, downloads = build.folder / "package", build.folder / "downloads"
        for made in (package, downloads):
            made.mkdir()
        build.room.covers(kept_downloads(config.paths))
        sources = build.stack.enter_context(opened(config, Offer(manifest, catalog_folder()), downloads, progress))
        _take(manifest, package, sources, progress)
        build.unlock()
        yield build
        sources.discard()


def _take(manifest: Manifest, package: Path, sources: Sources, progress: Progress) -> None:
    try:
        gather(manifest, package, sources, progress)
    except ModelCorrupt as error:
        again = f"edge-tts models pin {manifest.name} asks it again"
        raise ModelCorrupt(f"the hub has other bytes than were pinned, {again}: {error}") from error
