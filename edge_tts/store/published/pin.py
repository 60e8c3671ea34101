"""Fills in what a published package consists of: asks the hub once, and keeps the answer in this machine's catalog.

From then on nothing of the hub is believed that does not match: every file has its size, its digest and the commit that
it is of. Only what the conversion reads is listed (contents.py): not the closed front end of packages, base
models to tune, older checkpoints.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from edge_tts import disk
from edge_tts.config.settings import Config
from edge_tts.errors import SourceUnavailable
from edge_tts.store.catalog import catalog, require_convertible
from edge_tts.store.fetch.modelscope import ModelScope, Published
from edge_tts.store.fetch.web import Web
from edge_tts.store.manifest import File, Licences, Manifest, parse
from edge_tts.store.manifest_text import text_of
from edge_tts.store.origins import SAFE_PATH, FromHub
from edge_tts.store.published import contents
from edge_tts.store.published.texts import decoded
from edge_tts.system.replacing import write_whole

ROLE = "package"
"""Role of the files of a package."""
CARD = "README.md"
"""Name of the model card in a package; its head names the licence."""

_CHECKPOINT = ".pth"
_EARLY = re.compile(r"(.*/)?(voices\.zip|pytorch_model\.bin|[^/]*\.pb)")
_UNHASHED_BYTES = 16_000_000  # files without digest are fetched to have one, up to this size
_TEXT_BYTES = 1_000_000  # most of a card or a list


@dataclass(frozen=True, slots=True)
class Pinned:
    """What the hub said.

    Attributes:
        manifest: the manifest that was written, with all files that a conversion reads.
        left_out: the other files of the package, the largest first.
    """

    manifest: Manifest
    left_out: tuple[Published, ...]


def pin(config: Config, name: str, revision: str = "") -> Pinned:
    """Ask the hub what a package consists of now, and keep that.

    Args:
        config: where the hub is, and this machine's catalog.
        name: the name of the package in the catalog.
        revision: tag or commit; "" for the newest.

    Raises:
        UnknownModel: the catalog has no such name.
        SourceUnavailable: the hub cannot be reached or says nothing usable.
        StoreError: that name needs no conversion, or cannot be converted.
    """
    manifest, conversion = require_convertible(catalog(config.paths), name)
    with closing(Web(config.downloads)) as web:
        hub = ModelScope(web, config.downloads)
        wanted = revision or hub.newest(conversion.repository)
        listed = hub.files(conversion.repository, wanted)
        chosen = _chosen(listed, conversion.repository, hub)
        found = tuple(_file(one, conversion.repository, hub) for one in chosen)
        text = _text(CARD, chosen, conversion.repository, hub)
    pinned = replace(
        manifest,
        files=found,
        licences=_licences(manifest.licences, text),
        needs=replace(manifest.needs, download_bytes=sum(file.size for file in found)),
        convert=replace(conversion, revision=wanted),
    )
    left_out = sorted((one for one in listed if one not in chosen), key=lambda one: -one.size)
    return Pinned(_keep(config, pinned), tuple(left_out))


def _chosen(listed: Sequence[Published], repository: str, hub: ModelScope) -> list[Published]:
    """Return the files that a conversion reads, by what the package's own lists say."""
    safe = [one for one in listed if SAFE_PATH.fullmatch(one.path)]
    configuration, voices = (_json(name, safe, repository, hub) for name in (contents.CONFIGURATION, contents.VOICES))
    wanted = contents.needed([one.path for one in safe], configuration, contents.listed(voices))
    chosen = [one for one in safe if one.path in wanted]
    if not any(one.path.endswith(_CHECKPOINT) for one in chosen):
        early = [one.path for one in listed if _EARLY.fullmatch(one.path)]
        why = f"; {early[0]} is of the layout of 2022 and earlier, which is not read" if early else ""
        raise SourceUnavailable(f"modelscope {repository}: expected checkpoints ({_CHECKPOINT}), there are none{why}")
    return chosen


def _file(one: Published, repository: str, hub: ModelScope) -> File:
    source = FromHub("modelscope", repository, one.revision, one.path)
    return File(one.path, ROLE, one.size, one.sha256 or _hashed(one, source, hub), (source,))


def _hashed(one: Published, source: FromHub, hub: ModelScope) -> str:
    """Return the digest of a file that the hub lists without one."""
    if one.size > _UNHASHED_BYTES:
        raise SourceUnavailable(f"{source}: the hub gives no digest for this file of {one.size} bytes")
    content = hub.content(source, one.size)
    if len(content) != one.size:
        raise SourceUnavailable(f"{source}: expected {one.size} bytes, got {len(content)}")
    return hashlib.sha256(content).hexdigest()


def _text(path: str, listed: Sequence[Published], repository: str, hub: ModelScope) -> str:
    """Return a short text of a package, "" if it has none of that name."""
    one = next((one for one in listed if one.path == path), None)
    source = FromHub("modelscope", repository, one.revision, path) if one else None
    return decoded(hub.content(source, _TEXT_BYTES)) if source else ""


def _json(path: str, listed: Sequence[Published], repository: str, hub: ModelScope) -> Mapping[str, Any]:
    text = _text(path, listed, repository, hub)
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise SourceUnavailable(f"modelscope {repository}: its {path} is no JSON: {error}") from error
    return found if isinstance(found, dict) else {}


def _licences(known: Licences, card: str) -> Licences:
    """Return the licences with what the card says of the weights; a surprise has to be agreed to."""
    named = licence_name(card)
    if not named:
        return replace(known, accept=f"its card names no licence, expected {known.weights}: read it before you agree")
    if _plain(named) != _plain(known.weights):
        return replace(known, weights=named, accept=f"its card names the licence {named}, expected {known.weights}")
    return known


def licence_name(card: str) -> str:
    """Return the licence that a model card names in its head, "" where it names none."""
    match = re.search(r"^license:[ \t]*(\S.*)$", card, re.MULTILINE | re.IGNORECASE)
    return match[1].strip().strip("\"'") if match else ""


def _plain(licence: str) -> str:
    return re.sub(r"licen[cs]e|[^a-z0-9.]", "", licence.lower())


def _keep(config: Config, manifest: Manifest) -> Manifest:
    place = config.paths.catalog / f"{manifest.name}.toml"
    text = text_of(manifest)
    parsed = parse(text, f"{manifest.name} as the hub describes it")
    with disk.writing(config.paths.state, len(text), f"pinning {manifest.name}"):
        place.parent.mkdir(parents=True, exist_ok=True)
        write_whole(place, text.encode())
    return parsed
