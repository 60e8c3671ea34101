"""Documents of somebody else: whatever is in one, it is refused with a reason, in little time and memory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge_tts import store
from edge_tts.config.loading import load as load_config
from edge_tts.config.settings import Paths
from edge_tts.errors import ConfigError, StoreError
from edge_tts.system.tables import LONGEST_BYTES, parse_toml, read_bounded
from tests.disk.test_foreign_files import SMALL
from tests.support.store_model import install, make_folder, manifest

HOSTILE = {
    "brackets": "a=" + "[" * 60_000,
    "tables in tables": "a=" + "{a=" * 60_000,
    "brackets after a string": 'b="]]]]"\na=' + "[" * 60_000,
    "a long number": "a=" + "9" * 5_000,
    "a long hexadecimal number": "a=0x" + "f" * 50_000,
    "a dotted key": ".".join(["a"] * 200_000) + "=1",
    "a dotted table": "[" + " . ".join(["a"] * 200_000) + "]",
    "a quoted dotted key": ".".join(['"a"'] * 200_000) + "=1",
    "a string without an end": '"' * 3 + "a" * 100_000,
    "half a date": "a=1979-99-99",
    "a control character": 'a="\x07"',
    "one table twice": "[a]\n[a]",
    "too long": "#" * (LONGEST_BYTES + 1),
    "a surrogate": 'a="\\ud800"',
}


@pytest.mark.parametrize("name", [name for name in HOSTILE if name != "a long hexadecimal number"])
def test_a_hostile_document_is_refused_with_a_reason(name: str) -> None:
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        parse_toml(HOSTILE[name])


def test_brackets_and_dots_in_strings_and_comments_are_nobodys_nesting() -> None:
    signs = "[" * 99 + "." * 99
    text = f'a="{signs}"\nb=\'{signs}\'\n# {signs}\nc="""{signs}\n"{signs}"""\nd=\'\'\'{signs}\'\'\'\n'
    assert parse_toml(text)["c"] == f'{signs}\n"{signs}'
    assert len(parse_toml("a=[" + "[1.5, 2.5, 3.5]," * 99 + "]")["a"]) == 99


@pytest.fixture
def odd(tmp_path: Path) -> dict[str, Path]:
    """Files that are none, or no text."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "endless").symlink_to("/dev/zero")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    with open(tmp_path / "hole", "wb") as file:
        file.truncate(1 << 40)
    return {path.name: path for path in tmp_path.iterdir()}


KINDS = ["pipe", "folder", "endless", "bytes", "dangling", "loop", "hole"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_short_text_is_refused_at_once(odd: dict[str, Path], kind: str) -> None:
    with pytest.raises((ValueError, OSError)):
        read_bounded(odd[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_a_configuration_that_is_none_says_so(odd: dict[str, Path], kind: str) -> None:
    with pytest.raises(ConfigError, match=kind):
        load_config({"EDGE_TTS_CONFIG": str(odd[kind]), "HOME": "/nonexistent"})


@pytest.mark.parametrize("name", HOSTILE)
def test_one_bad_manifest_takes_nothing_along_and_is_named(paths: Paths, tmp_path: Path, name: str) -> None:
    install(paths, make_folder(tmp_path / "good", files=SMALL))
    bad = paths.models / "zzz" / "1" / "manifest.toml"
    for path in (bad, paths.catalog / "zzz.toml"):
        path.parent.mkdir(parents=True)
        path.write_text(HOSTILE[name])
    assert [model.name for model in store.installed(paths)] == ["tiny"]
    assert "kokoro" in store.catalog(paths)
    named = store.unreadable(paths)
    assert [line for line in named if str(bad) in line]
    assert [line for line in named if str(paths.catalog) in line]
    assert max(map(len, named)) < 1000
    with pytest.raises(StoreError):
        store.manifest_of(bad)


@pytest.mark.parametrize("kind", KINDS)
def test_a_manifest_that_is_no_file_takes_nothing_along(paths: Paths, odd: dict[str, Path], kind: str) -> None:
    for path in (paths.models / "zzz" / "1" / "manifest.toml", paths.catalog / "zzz.toml"):
        path.parent.mkdir(parents=True)
        path.symlink_to(odd[kind])
    assert store.installed(paths) == []
    assert "kokoro" in store.catalog(paths)
    store.prune(paths)


def test_texts_of_an_author_are_shown_and_not_obeyed(paths: Paths, tmp_path: Path) -> None:
    hostile = "\\u001b]0;x\\u0007\\u001b[2J \\u202etxt.exe \\u009b31m \\u2028 \\u200b"
    text = manifest(SMALL, accept=hostile).replace("for tests", hostile)
    found = store.manifest_of(make_folder(tmp_path / "m", text, SMALL))
    for shown in (found.description, found.licences.accept):
        assert shown.isprintable()
        assert r"\x1b]0;x\x07\x1b[2J" in shown
        assert r"\u202etxt.exe" in shown
