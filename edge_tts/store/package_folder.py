"""A published package in a temporary folder, every file of it checked, for a conversion."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from edge_tts import disk
from edge_tts.config import Config
from edge_tts.errors import ModelCorrupt
from edge_tts.store.catalog import catalog_folder
from edge_tts.store.install import require_acceptance
from edge_tts.store.installed import require_reachable
from edge_tts.store.lock import ended_by_sigterm, exclusive, kept_downloads, scratch
from edge_tts.store.manifest import Manifest
from edge_tts.store.offers import Offer
from edge_tts.store.plan import wanted
from edge_tts.store.progress import Progress, silent
from edge_tts.store.sources import Sources
from edge_tts.store.taking import opened, take_all


@contextmanager
def package_folder(
    config: Config, manifest: Manifest, progress: Progress = silent, *, accept_license: bool = False
) -> Iterator[Path]:
    """Fetch a package for the block; room for it and for all that is made of it is promised first.

    Downloads are kept until the block ends without an error, for the next time. The folder is gone after the block, and
    after a kill with the next change of the store.

    Args:
        config: where the store is, the budget, and how to download.
        manifest: of the package, pinned.
        progress: is called during downloads.
        accept_license: whoever asks agrees to what `licences.accept` asks for.

    Yields:
        A folder with `package`, the files, to which more may be written.

    Raises:
        LicenseNotAccepted: the manifest asks for an agreement; nothing was fetched.
        SourceUnavailable: the hub does not give a file.
        ModelCorrupt: it gives other bytes than were pinned.
        BudgetExceeded: package and model would not fit into the budget; nothing was fetched.
        DiskFull: there is no room.
        StoreError: another installation is running.
    """
    require_acceptance(manifest, accept_license)
    paths, purpose = config.paths, f"converting {manifest.name}"
    room_bytes = wanted(manifest, config.downloads.parallel).peak_bytes
    with ended_by_sigterm(), disk.writing(paths.state, 0, purpose), ExitStack() as stack:
        with exclusive(paths):
            require_reachable(paths)
            room = stack.enter_context(disk.reserve(config, paths.models, room_bytes, purpose))
            folder = stack.enter_context(scratch(paths, "convert-"))
            room.covers(folder, kept_downloads(paths))
            package, downloads = folder / "package", folder / "downloads"
            for made in (package, downloads):
                made.mkdir()
            offer = Offer(manifest, catalog_folder())
            sources = stack.enter_context(opened(config, offer, downloads, progress))
            _take(manifest, package, sources, progress)
        yield folder
        sources.discard()


def _take(manifest: Manifest, package: Path, sources: Sources, progress: Progress) -> None:
    try:
        take_all(manifest, package, sources, progress)
    except ModelCorrupt as error:
        again = f"edge-tts models pin {manifest.name} asks it again"
        raise ModelCorrupt(f"the hub has other bytes than were pinned, {again}: {error}") from error
