"""Writes manifests as TOML; the other direction is in manifest.py."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from edge_tts.errors import StoreError
from edge_tts.store.manifest import File, Manifest
from edge_tts.store.origins import FromHub, Source


def text_of(manifest: Manifest) -> str:
    """Return the TOML of a manifest; `parse` makes the same manifest of it.

    Raises:
        StoreError: a file has a source of a kind that is not written.
    """
    parts = [_table("", _top(manifest)), _table("[licences]", _plain(manifest.licences))]
    parts.append(_table("[needs]", _plain(manifest.needs)))
    if manifest.convert:
        conversion = _plain(manifest.convert)
        entries = {"from": conversion.pop("kind"), "modelscope": conversion.pop("repository"), **conversion}
        parts.append(_table("[convert]", entries))
    parts += [_table("[[voices]]", _plain(voice)) for voice in manifest.voices]
    parts += [_table("[[files]]", _file(file)) for file in manifest.files]
    return "\n".join(parts)


def _top(manifest: Manifest) -> dict[str, Any]:
    names = ("name", "version", "description", "engine", "sample_rate", "languages", "tones", "default_voice")
    return {name: getattr(manifest, name) for name in (*names, "preference", "vocoder", "mel")}


def _file(file: File) -> dict[str, Any]:
    entries: dict[str, Any] = {"path": file.path, "role": file.role, "size": file.size, "sha256": file.sha256}
    return {**entries, "sources": [_source(source) for source in file.sources]} if file.sources else entries


def _source(source: Source) -> dict[str, str]:
    if not isinstance(source, FromHub):
        raise StoreError(f"a source such as {source} cannot be written into a manifest")
    return {source.hub: source.repository, "revision": source.revision, "path": source.path}


def _plain(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__slots__}


def _table(head: str, entries: Mapping[str, Any]) -> str:
    """Return a TOML table; what is empty text is left out, as everything that may be left out is."""
    lines = [f"{key} = {_value(value)}" for key, value in entries.items() if value != ""]
    return "\n".join([*([head] if head else []), *lines, ""])


def _value(value: Any) -> str:
    """Return a value as TOML; strings and numbers are written as in JSON."""
    match value:
        case list() | tuple():
            return f"[{', '.join(map(_value, value))}]"
        case dict():
            return f"{{ {', '.join(f'{key} = {_value(item)}' for key, item in value.items())} }}"
        case _:
            return json.dumps(value, ensure_ascii=False)
