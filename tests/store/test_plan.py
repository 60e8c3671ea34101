"""What installations would take, whether that fits the budget, and what would make it fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_tts import store
from edge_tts.config.settings import Config, Disk, Paths
from edge_tts.errors import BudgetExceeded, StoreError
from edge_tts.store import Part, Plan, Room, Wanted
from tests.support.store_model import configured, install, make_folder, manifest

LARGE = Path(__file__).parents[1] / "data" / "large_models.toml"
GB = 10**9


def limited(paths: Paths, budget_bytes: int) -> Config:
    return replace(configured(paths), disk=Disk(budget_bytes=budget_bytes, log_bytes=0, reserve_bytes=0))


def test_a_set_of_15_gb_is_told_how_it_fits_10_gb(paths: Paths) -> None:
    plan = store.plan_for(limited(paths, 10 * GB), [LARGE])
    assert plan.final_bytes == 15_200_000_000
    assert plan.over_budget_bytes == pytest.approx(5.2e9, abs=2e6)
    changes = plan.changes()
    assert [(change.part, change.form) for change in changes] == [
        ("gpt.safetensors", "int8"),
        ("acoustic.onnx", "int8"),
    ]
    assert sum(change.saved_bytes for change in changes) >= plan.over_budget_bytes


def test_models_are_left_out_where_smaller_forms_are_not_enough(paths: Paths) -> None:
    plan = store.plan_for(limited(paths, 3 * GB), [LARGE])
    assert "cloning-voice" in [change.model for change in plan.changes() if not change.part]


parts = st.builds(
    Part, st.sampled_from("abc"), st.integers(0, 9), st.lists(st.tuples(st.just("x"), st.integers(0, 9))).map(tuple)
)
some_parts = st.lists(parts, max_size=3, unique_by=lambda part: part.name).map(tuple)
models = st.builds(
    Wanted, st.sampled_from("pqrst"), st.just(""), some_parts, st.just(0), st.integers(0, 5), st.integers(0, 5)
)


@given(st.lists(models, max_size=4, unique_by=lambda model: model.name).map(tuple), st.integers(0, 60))
def test_changes_are_proposed_exactly_when_it_does_not_fit(wanted: tuple[Wanted, ...], budget: int) -> None:
    plan = Plan(wanted, Room(budget, 0, 0, 10**6, 0))
    assert plan.final_bytes <= plan.peak_bytes
    changes = plan.changes()
    assert all(change.saved_bytes >= 0 for change in changes)
    if not plan.over_budget_bytes:
        assert changes == []
    assert len({(change.model, change.part) for change in changes}) == len(changes)


def test_the_peak_of_several_models_is_that_of_the_largest_moment() -> None:
    first = Wanted("a", "1", (Part("x", 10),), 0, beside_bytes=8, prepared_bytes=3)
    second = Wanted("b", "1", (Part("x", 5),), 0, beside_bytes=9, prepared_bytes=1)
    room = Room(100, 20, 5, 1000, 0)
    assert Plan((first, second), room).peak_bytes == 13 + 14
    assert Plan((first, second), room).final_bytes == 13 + 6
    assert Plan((second, first), room).peak_bytes == 6 + 18


def test_the_budget_is_asked_before_anything_is_fetched(paths: Paths, tmp_path: Path) -> None:
    install(paths, make_folder(tmp_path / "here", manifest(name="here")))
    folder = make_folder(tmp_path / "tiny")
    with pytest.raises(BudgetExceeded) as caught:
        store.install(limited(paths, 6_000_000), folder, pytest.fail)
    for words in (
        "needs 3.5",
        "too much",
        "budget of 6.0",
        "are used",
        "could be removed: here 1 (3.5",
        "last used 20",
    ):
        assert words in str(caught.value)
    assert store.install(limited(paths, 9_000_000), folder).changed


def test_a_manifest_counts_what_its_preferred_sources_transfer(paths: Paths, tmp_path: Path) -> None:
    local = store.plan_for(configured(paths), [make_folder(tmp_path / "m")]).models[0]
    assert (local.download_bytes, local.beside_bytes, local.installed_bytes) == (0, 0, 3_501_200)
    kokoro = store.plan_for(configured(paths), ["kokoro"]).models[0]
    assert kokoro.download_bytes == kokoro.beside_bytes == 92_869_556
    assert kokoro.licences is not None
    assert [part.name for part in kokoro.parts] == ["kokoro.onnx", "vocab.json", "voice (36 files)"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("models = 1", "models must be a list"),
        ("[[models]]", "name is missing"),
        ('[[models]]\nname = "a"\nparts = [["x"]]', "list of pairs"),
        ('[[models]]\nname = "a"\nparts = [["x", "1 XB"]]', "expected a size such as '3.5 GB', got '1 XB'"),
        (
            '[[models]]\nname = "a"\nparts = [["x", "1"]]\nsmaller = [["y", "f", "1"]]',
            "'y', which is none of the parts",
        ),
        ('[[models]]\nname = "a"\nparts = [["x", "1"]]\ncolour = 1', "unknown key 'colour'"),
        ("[[models]", "cannot be read"),
    ],
)
def test_a_wrong_set_is_refused_with_what_is_wrong(paths: Paths, tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "set.toml"
    path.write_text(text)
    with pytest.raises(StoreError) as caught:
        store.plan_for(configured(paths), [path])
    assert message in str(caught.value)


def test_what_is_installed_already_adds_nothing(paths: Paths, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "tiny")
    config = configured(paths)
    (before,) = store.plan_for(config, [folder]).models
    assert (before.installed, before.final_bytes > 3_000_000) == (False, True)
    install(paths, folder)
    plan = store.plan_for(config, [folder])
    assert [model.installed for model in plan.models] == [True]
    assert (plan.final_bytes, plan.peak_bytes, plan.models[0].download_bytes) == (0, 0, 0)
    assert plan.models[0].installed_bytes > 3_000_000
    newer = store.plan_for(config, [make_folder(tmp_path / "2", version="2")])
    assert newer.final_bytes > 3_000_000
