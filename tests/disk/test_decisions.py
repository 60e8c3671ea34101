"""What may be written and what must go: tables, and what holds whatever the numbers are. No disk is touched here."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_tts.config.settings import Disk
from edge_tts.disk.admission import Share, Situation, decide, refusal
from edge_tts.disk.eviction import EVICTABLE, expired, in_order, plan
from edge_tts.disk.units import Unit
from edge_tts.errors import BudgetExceeded, DiskFull

NOW = 1_700_000_000.0
DAY = 86_400.0
LIMITS = Disk(budget_bytes=1000, reserve_bytes=0, temporary_seconds=300, download_seconds=7 * DAY)
HERE = Situation(used_bytes=400, reserved_bytes=100, free_bytes=5000, promised_bytes=100, limits=LIMITS, now=NOW)


def unit(category: str, size: int = 100, age: float = DAY, **values: object) -> Unit:
    name = f"/{category}/{size}-{age}"
    return Unit(category, name, size, NOW - age, **values)  # type: ignore[arg-type]


# admission, by table


@pytest.mark.parametrize(
    ("wanted", "change", "admitted"),
    [
        (500, {}, True),
        (501, {}, False),
        (0, {}, True),
        (0, {"used_bytes": 1000}, False),  # others were promised what is not there any more
        (500, {"reserved_bytes": 101}, False),
        (500, {"free_bytes": 600}, True),
        (500, {"free_bytes": 599}, False),  # promised to others on the same disk
        (500, {"free_bytes": 599, "promised_bytes": 0}, True),  # promised on another one
        (500, {"free_bytes": 650, "limits": replace(LIMITS, reserve_bytes=51)}, False),
        (500, {"free_bytes": 650, "limits": replace(LIMITS, reserve_bytes=50)}, True),
        (100, {"share": Share("audio", 300, 200)}, True),
        (101, {"share": Share("audio", 300, 200)}, False),
        (601, {"used_bytes": 10**12, "limits": replace(LIMITS, budget_bytes=10**13), "free_bytes": 10**12}, True),
    ],
)
def test_a_write_is_admitted_if_it_fits_everywhere(wanted: int, change: dict[str, object], admitted: bool) -> None:
    assert decide(replace(HERE, **change), wanted).admitted is admitted  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "evictable", "evicted", "possible"),
    [
        (500, [unit("audio")], [], True),
        (550, [unit("audio")], ["audio"], True),
        (600, [unit("audio")], ["audio"], True),
        (601, [unit("audio")], ["audio"], False),
        (650, [unit("prepared"), unit("audio")], ["audio", "prepared"], True),
        (600, [unit("prepared"), unit("audio")], ["audio"], True),
        (600, [unit("models")], [], False),
        (600, [unit("logs"), unit("lexicons"), unit("other")], [], False),
        (600, [unit("prepared", leased=True)], [], False),
    ],
)
def test_what_can_be_made_again_goes_before_a_write_is_refused(
    wanted: int, evictable: list[Unit], evicted: list[str], possible: bool
) -> None:
    verdict = decide(replace(HERE, evictable=evictable), wanted)
    assert [gone.category for gone in verdict.evict] == evicted
    assert verdict.possible is possible


def test_a_disk_without_room_evicts_nothing() -> None:
    verdict = decide(replace(HERE, free_bytes=300, evictable=[unit("audio")]), 400)
    assert (verdict.possible, verdict.evict, verdict.lacking_bytes) == (False, (), 200)


def test_a_share_is_kept_by_evicting_of_its_own_only() -> None:
    situation = replace(HERE, share=Share("audio", 300, 300), evictable=[unit("prepared"), unit("audio")])
    verdict = decide(situation, 100)
    assert ([gone.category for gone in verdict.evict], verdict.possible) == (["audio"], True)
    assert not decide(situation, 101).possible


def test_a_refusal_has_both_numbers_and_what_could_be_removed() -> None:
    models = [Unit("models", "/s/models/old/1", 300, NOW - DAY), Unit("models", "/s/models/new/2", 100, NOW, True)]
    error = refusal(HERE, decide(HERE, 700), 700, "installing model big", "/s/models", models)
    assert isinstance(error, BudgetExceeded)
    assert str(error) == (
        "installing model big needs 700 B, which is 200 B too much: of the budget of 1.0 kB, 400 B are used (0 B of "
        "that could be evicted) and 100 B promised to others; models that could be removed: old 1 (300 B, last used "
        "2023-11-13), new 2 (100 B, in use)"
    )
    full = replace(HERE, free_bytes=300)
    error = refusal(full, decide(full, 250), 250, "a test", "/s", [])
    assert isinstance(error, DiskFull)
    assert "needs 250 bytes in /s, the disk has 300 free, 100 of them promised to others; 0 must stay free" in str(
        error
    )


# the order of eviction, by table


def test_the_order_is_leftovers_audio_graphs_voices_and_pinned_audio_last() -> None:
    mixed = [
        unit("audio", 1, 9 * DAY, pinned=True),
        unit("voice_states", 1, 9 * DAY),
        unit("prepared", 1, 9 * DAY),
        unit("audio", 1, 2 * DAY),
        unit("audio", 1, 3 * DAY),
        unit("downloads", 1, DAY),
        unit("temporary", 1, DAY),
        unit("models", 1, 99 * DAY),
        unit("logs", 1, 99 * DAY),
    ]
    order = in_order(mixed, NOW, LIMITS)
    assert [thing.category for thing in order] == [
        "temporary",
        "downloads",
        "audio",
        "audio",
        "prepared",
        "voice_states",
        "audio",
    ]
    assert [thing.used for thing in order if thing.category == "audio"] == [NOW - 3 * DAY, NOW - 2 * DAY, NOW - 9 * DAY]


@pytest.mark.parametrize(
    ("thing", "goes_for_room", "goes_anyway"),
    [
        (unit("temporary", age=299), False, False),
        (unit("temporary", age=301), True, True),
        (unit("temporary", age=-301), True, True),  # a clock that was put back does not keep it for ever
        (unit("temporary", age=DAY, leased=True), False, False),
        (unit("downloads", age=299), False, False),
        (unit("downloads", age=DAY), True, False),
        (unit("downloads", age=8 * DAY), True, True),
        (unit("downloads", age=8 * DAY, leased=True), False, False),
        (unit("audio", age=0), True, False),
        (unit("audio", age=179 * DAY), True, False),
        (unit("audio", age=181 * DAY), True, True),
        (unit("audio", age=999 * DAY, pinned=True), True, False),
        (unit("prepared", age=0), True, False),
    ],
)
def test_what_nobody_writes_any_longer_goes_after_a_while(thing: Unit, goes_for_room: bool, goes_anyway: bool) -> None:
    assert bool(plan([thing], 1, NOW, LIMITS)) is goes_for_room
    assert bool(expired([thing], NOW, LIMITS)) is goes_anyway


def test_a_time_stamp_from_the_future_counts_as_now() -> None:
    future, recent = unit("audio", 1, -99 * DAY), unit("audio", 1, 1.0)
    assert in_order([future, recent], NOW, LIMITS) == [recent, future]


# whatever the numbers are

sizes = st.integers(0, 10_000)
some_units = st.lists(
    st.builds(
        Unit,
        category=st.sampled_from([*EVICTABLE, "models", "logs", "lexicons", "other"]),
        path=st.uuids().map(str),
        bytes=sizes,
        used=st.floats(NOW - 99 * DAY, NOW + 99 * DAY),
        leased=st.booleans(),
        pinned=st.booleans(),
    ),
    max_size=20,
)
situations = st.builds(
    Situation,
    used_bytes=sizes,
    reserved_bytes=sizes,
    free_bytes=sizes,
    promised_bytes=sizes,
    limits=st.builds(Disk, budget_bytes=sizes, reserve_bytes=sizes),
    share=st.none() | st.builds(Share, category=st.just("audio"), limit_bytes=sizes, used_bytes=sizes),
    evictable=some_units,
    now=st.just(NOW),
)


@given(situations, sizes)
def test_nothing_is_ever_admitted_above_the_budget_the_share_or_the_disk(situation: Situation, wanted: int) -> None:
    verdict = decide(situation, wanted)
    freed = sum(gone.bytes for gone in verdict.evict)
    if verdict.possible:
        taken = situation.used_bytes + situation.reserved_bytes - freed + wanted
        assert taken <= situation.limits.budget_bytes
        left = situation.free_bytes - situation.promised_bytes - wanted
        assert wanted == 0 or left >= situation.limits.reserve_bytes
        if share := situation.share:
            of_share = sum(gone.bytes for gone in verdict.evict if gone.category == share.category)
            assert share.used_bytes - of_share + wanted <= share.limit_bytes
    else:
        assert max(verdict.over_budget_bytes, verdict.over_share_bytes, verdict.lacking_bytes) > 0


@given(situations, sizes)
def test_what_is_refused_would_not_fit_even_with_everything_evicted(situation: Situation, wanted: int) -> None:
    verdict = decide(situation, wanted)
    if verdict.over_budget_bytes:
        all_that_may_go = sum(thing.bytes for thing in in_order(situation.evictable, NOW, situation.limits))
        taken = situation.used_bytes + situation.reserved_bytes + wanted
        assert taken - all_that_may_go > situation.limits.budget_bytes


@given(situations, sizes)
def test_no_verdict_evicts_what_is_leased_installed_or_not_ours_nor_anything_twice(
    situation: Situation, wanted: int
) -> None:
    evict = decide(situation, wanted).evict
    assert not any(thing.leased or thing.category not in EVICTABLE for thing in evict)
    assert len({thing.path for thing in evict}) == len(evict)


@given(some_units, sizes)
def test_a_plan_takes_from_the_front_of_the_order_and_no_more_than_it_needs(things: list[Unit], wanted: int) -> None:
    chosen, order = plan(things, wanted, NOW, LIMITS), in_order(things, NOW, LIMITS)
    assert chosen == order[: len(chosen)]
    assert sum(thing.bytes for thing in chosen[:-1]) < max(wanted, 1)
    assert sum(thing.bytes for thing in chosen) >= wanted or chosen == order


@given(some_units, st.floats(-99 * DAY, 99 * DAY))
def test_a_clock_that_jumps_changes_neither_what_categories_go_nor_their_order(things: list[Unit], jump: float) -> None:
    ranks = [(thing.pinned, EVICTABLE.index(thing.category)) for thing in in_order(things, NOW + jump, LIMITS)]
    assert ranks == sorted(ranks)
    made_again = {thing.path for thing in things if thing.category in EVICTABLE[2:] and not thing.leased}
    assert made_again <= {thing.path for thing in in_order(things, NOW + jump, LIMITS)}
