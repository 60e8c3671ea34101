"""A home that an older layout of this program wrote: its store, its words and its cached audio are read as they are."""

from __future__ import annotations

import hashlib
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from edge_tts import lexicon_file, store
from edge_tts.audio_cache import key as cache_key
from edge_tts.audio_cache.cache import Cache
from edge_tts.config.loading import load as load_config
from edge_tts.config.settings import Config
from edge_tts.wire import Speak
from tests.support.running import run

KEPT = Path(__file__).parents[1] / "data" / "old_home.tar.xz"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with tarfile.open(KEPT) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path


@pytest.fixture
def config(home: Path) -> Config:
    return load_config({"EDGE_TTS_HOME": str(home)})


@pytest.fixture
def expected(home: Path) -> dict[str, Any]:
    return json.loads((home / "expected.json").read_text("utf-8"))  # type: ignore[no-any-return]


def test_keys_of_cached_audio_are_the_same(config: Config, expected: dict[str, Any]) -> None:
    model = store.find(config.paths, "tone").files_for_engine(config.paths.prepared)
    for phrase in expected["phrases"]:
        speak = Speak(id=1, voice="beep", output="return", format="pcm_s16le", **phrase["said"])
        assert cache_key.key(speak, model, expected["edition"]) == phrase["key"]


def test_recordings_are_what_they_were(config: Config, expected: dict[str, Any]) -> None:
    cache = Cache(config)
    for phrase in expected["phrases"]:
        speak = Speak(id=1, voice="beep", output="return", format="pcm_s16le", **phrase["said"])
        kept = cache.find(phrase["key"])
        assert kept
        data = b""
        for message in kept.replay(speak):
            data += getattr(message, "data", b"")
            if getattr(message, "last", False):
                break
        kept.close()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (phrase["bytes"], phrase["sha256"])


def test_models_and_words_are_read_and_nothing_is_called_damaged(config: Config) -> None:
    assert [(model.name, model.version) for model in store.installed(config.paths)] == [("tone", "1")]
    assert store.unreadable(config.paths) == []
    store.verify(config.paths, "tone")
    assert [entry.word for entry in lexicon_file.read(config.paths.lexicon).entries] == ["重庆"]


def test_the_command_line_lists_the_phrases(home: Path) -> None:
    done = run({"EDGE_TTS_HOME": str(home), "PATH": "/usr/bin:/bin"}, "cache", "list", "--json")
    assert done.returncode == 0, done.stderr
    assert {row["text"] for row in json.loads(done.stdout)} == {"你好，世界。", "重庆的天气很好。", "你好", "开门"}
