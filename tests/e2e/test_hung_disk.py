"""A disk that never answers: nobody waits for it for long, it is told, and what does not need it goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from edge_tts import Client
from edge_tts.errors import StoreError
from edge_tts.wire import Done
from tests.support.hung_disk import hung
from tests.support.running import Daemon

TEXT = "欢迎光临。"


def said(client: Client, **options: Any) -> Done:
    last = [*client.utter(TEXT, **{"output": "return", **options})][-1]
    assert isinstance(last, Done)
    return last


def names(client: Client) -> set[str]:
    return {one["name"] for one in client.status()["hung"]}


def test_speaking_goes_on_without_a_cache_whose_disk_hangs(start: Callable[..., Daemon]) -> None:
    daemon = start(EDGE_TTS_LIMITS_STALLED_SECONDS="0.5")
    with daemon.client() as client:
        list(client.utter(TEXT, output="none"))
        assert said(client).stats["cached"]
        with hung(daemon.home / "cache" / "audio") as answer:
            assert not said(client).stats["cached"]
            assert not said(client).stats["cached"]
            with pytest.raises(
                StoreError, match=r"looking for cached audio: the disk has not answered for more than 0\.5 s"
            ):
                list(client.utter(TEXT, output="none"))
            assert "looking for cached audio" in names(client)
            found = json.loads(daemon.run("doctor", "--json", timeout=60).stdout)
            assert [row for row in found if "hung: looking for cached audio" in row["finding"]]
            assert [row for row in found if row["name"] == "disk" and "a disk seems to hang" in row["finding"]]
            answer()
        while names(client):
            pass
        while not said(client).stats["cached"]:
            pass


def test_a_disk_of_models_that_hangs_fails_what_needs_it_and_nothing_else(start: Callable[..., Daemon]) -> None:
    daemon = start(EDGE_TTS_LIMITS_STALLED_SECONDS="0.5")
    with daemon.client() as client, daemon.client() as other:
        said(client)
        assert not names(client)
        with hung(daemon.home / "state" / "models") as answer:
            with pytest.raises(StoreError, match="looking for voices: the disk has not answered"):
                said(client)
            with pytest.raises(StoreError, match="listing the voices: the disk has not answered"):
                client.voices()
            assert [row["name"] for row in other.status()["models"]] == ["tone"], "as it was known before"
            other.stop()
            assert {"looking for voices", "listing the voices", "looking at the status"} <= names(other)
            with pytest.raises(StoreError, match="the disk has not answered"):
                client.disk()
            while "the disk guard" not in names(other):
                pass
            answer()
        while names(other):
            pass
        said(client)
