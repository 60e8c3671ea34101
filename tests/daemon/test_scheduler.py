"""Who speaks next."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_tts.daemon.scheduler import Scheduler, Shares
from edge_tts.errors import QueueFull
from edge_tts.wire import PRIORITIES


@dataclass(eq=False)
class Said:
    """What is to be said, and how many sentences of it are still to be made."""

    name: str
    priority: str = "message"
    plays: bool = True
    model_name: str = "tone"
    sentences: int = 1_000_000
    heard: bool = True
    client: object = field(default_factory=object)
    user: int = 1000
    announced: bool = False

    @property
    def unmade(self) -> bool:
        return self.sentences > 0


def scheduler_of(*utterances: Said, most: int = 1000, user: int = 1000, client: int = 1000) -> Scheduler[Said]:
    scheduler: Scheduler[Said] = Scheduler(Shares(most, user, client))
    for utterance in utterances:
        scheduler.submit(utterance)
    return scheduler


def names(scheduler: Scheduler[Said]) -> str:
    return " ".join(utterance.name for utterance in scheduler)


def wants_more(utterance: Said) -> bool:
    return utterance.sentences > 0


def serve(scheduler: Scheduler[Said], turns: int, model: str = "tone") -> str:
    """Make sentences, one a turn; return whose they were."""
    served = []
    for _ in range(turns):
        utterance = scheduler.next_served(model, wants_more)
        if utterance is None:
            break
        utterance.sentences -= 1
        served.append(utterance.name)
    return " ".join(served)


# order


@pytest.mark.parametrize(
    ("priorities", "order"),
    [
        ("text text text", "0 1 2"),
        ("progress notification text message important", "4 3 2 1 0"),
        ("message important message important", "1 3 0 2"),
    ],
)
def test_the_more_urgent_comes_first_and_equals_in_order_of_arrival(priorities: str, order: str) -> None:
    said = [Said(str(number), priority) for number, priority in enumerate(priorities.split())]
    assert names(scheduler_of(*said)) == order


@pytest.mark.parametrize(("priority", "position"), [("important", 1), ("message", 3), ("progress", 4)])
def test_the_position_counts_what_is_spoken_before(priority: str, position: int) -> None:
    heard = Said("heard", "progress")
    scheduler = scheduler_of(heard, Said("a"), Said("b"), Said("c", "text"))
    scheduler.audible = heard
    assert scheduler.submit(Said("new", priority)) == position


def test_what_is_heard_stays_first_whatever_comes() -> None:
    heard = Said("heard", "progress")
    scheduler = scheduler_of(heard)
    scheduler.audible = heard
    scheduler.submit(Said("urgent", "important"))
    assert names(scheduler) == "heard urgent"


# the loudspeaker


def test_the_loudspeaker_goes_to_the_most_urgent_that_wants_it() -> None:
    scheduler = scheduler_of(Said("file", "important", plays=False), Said("old", "text"), Said("new", "message"))
    following = scheduler.next_audible()
    assert following is not None
    assert following.name == "new"


def test_nobody_gets_the_loudspeaker_twice() -> None:
    only = Said("only")
    scheduler = scheduler_of(only, Said("file", plays=False))
    scheduler.audible = only
    assert scheduler.next_audible() is None


# the engines


def test_equals_take_turns_at_every_sentence() -> None:
    scheduler = scheduler_of(Said("a"), Said("b"), Said("c"))
    assert serve(scheduler, 7) == "a b c a b c a"


def test_a_short_text_does_not_wait_for_the_end_of_a_long_one() -> None:
    scheduler = scheduler_of(Said("long", plays=False))
    assert serve(scheduler, 3) == "long long long"
    scheduler.submit(Said("short", plays=False, sentences=1))
    assert serve(scheduler, 3) == "short long long"


def test_a_newcomer_waits_for_those_who_wait_already_but_not_for_who_was_just_served() -> None:
    scheduler = scheduler_of(Said("a"), Said("b"), Said("c"))
    assert serve(scheduler, 5) == "a b c a b"
    scheduler.submit(Said("new"))
    assert serve(scheduler, 5) == "c a new b c"


def test_newcomers_stand_in_order_of_arrival_also_when_who_was_served_is_gone() -> None:
    gone = Said("gone")
    scheduler = scheduler_of(gone)
    serve(scheduler, 3)
    scheduler.submit(Said("a"))
    scheduler.remove(gone)
    scheduler.submit(Said("b"))
    assert serve(scheduler, 4) == "a b a b"


def test_a_long_text_goes_on_while_short_ones_keep_coming() -> None:
    scheduler = scheduler_of(Said("long"))
    served = ""
    for _ in range(10):
        scheduler.submit(Said("short", sentences=1))
        served += serve(scheduler, 1)[0]
    assert served.count("l") >= 3


def test_what_is_heard_gets_the_engine_before_all_others() -> None:
    heard = Said("heard", "progress", sentences=3)
    scheduler = scheduler_of(Said("urgent", "important"), heard)
    scheduler.audible = heard
    assert serve(scheduler, 5) == "heard heard heard urgent urgent"


def test_the_more_urgent_gets_the_engine_first() -> None:
    scheduler = scheduler_of(Said("text", "text"), Said("message", "message", sentences=2))
    assert serve(scheduler, 4) == "message message text text"


def test_an_engine_serves_only_its_own_model() -> None:
    scheduler = scheduler_of(Said("a"), Said("b", model_name="kokoro"))
    assert serve(scheduler, 2, "kokoro") == "b b"
    assert serve(scheduler, 2, "sambert") == ""


def test_who_wants_no_more_is_passed_over() -> None:
    scheduler = scheduler_of(Said("full", sentences=0), Said("b", sentences=1))
    assert serve(scheduler, 5) == "b"


# coming and going


def test_a_full_queue_refuses_and_says_when_to_try_again() -> None:
    scheduler = scheduler_of(Said("a"), Said("b"), most=2)
    refused = Said("c")
    with pytest.raises(QueueFull, match="2 utterances are waiting, limit is 2") as caught:
        scheduler.submit(refused)
    assert caught.value.retry_after == 1.0
    assert refused not in scheduler
    assert len(scheduler) == 2


def test_who_asks_for_much_waits_like_who_asks_for_little() -> None:
    greedy = object()
    scheduler = scheduler_of(*(Said(f"greedy{number}", client=greedy) for number in range(16)))
    assert serve(scheduler, 2) == "greedy0 greedy1"
    scheduler.submit(Said("other", sentences=3))
    assert serve(scheduler, 6) == "other greedy2 other greedy3 other greedy4"


def test_who_says_nothing_but_important_things_leaves_the_engine_to_others_now_and_then() -> None:
    greedy = object()
    scheduler = scheduler_of(*(Said(f"greedy{number}", "important", client=greedy) for number in range(16)))
    serve(scheduler, 5)
    scheduler.submit(Said("other", "progress", sentences=2))
    assert serve(scheduler, 5).split().count("other") == 2


def test_a_client_and_a_user_have_their_shares_of_the_queue() -> None:
    mine, here = object(), 1000
    scheduler = scheduler_of(Said("a", client=mine), Said("b", client=mine), most=5, user=3, client=2)
    with pytest.raises(QueueFull, match="2 utterances of this connection are waiting, limit is 2"):
        scheduler.submit(Said("c", client=mine))
    scheduler.submit(Said("d", user=here))
    with pytest.raises(QueueFull, match="3 utterances of this user are waiting, limit is 3"):
        scheduler.submit(Said("e", user=here))
    assert scheduler.submit(Said("f", user=1)) == 3


def test_an_important_one_takes_the_place_of_the_least_urgent_that_waits() -> None:
    heard, begun = Said("heard", "progress"), Said("begun", "progress", announced=True)
    scheduler = scheduler_of(heard, begun, Said("a", "text"), Said("b", "notification"), Said("c", "text"), most=5)
    scheduler.audible = heard
    urgent = Said("urgent", "important")
    loser = scheduler.displaced(urgent)
    assert loser is not None
    assert loser.name == "b"
    scheduler.remove(loser)
    assert scheduler.displaced(urgent) is None
    assert scheduler.submit(urgent) == 1


def test_important_ones_do_not_take_each_others_places() -> None:
    scheduler = scheduler_of(Said("a", "important"), Said("b", "important"), most=2)
    with pytest.raises(QueueFull):
        scheduler.displaced(Said("c", "important"))


def test_what_is_not_important_takes_nobodys_place() -> None:
    scheduler = scheduler_of(Said("a", "progress"), most=1)
    with pytest.raises(QueueFull):
        scheduler.displaced(Said("b", "message"))


def test_a_place_is_taken_from_the_same_client_where_its_share_is_used_up() -> None:
    mine = object()
    scheduler = scheduler_of(Said("other", "progress"), Said("mine", "text", client=mine), most=5, client=1)
    loser = scheduler.displaced(Said("urgent", "important", client=mine))
    assert loser is not None
    assert loser.name == "mine"


def test_removing_makes_room() -> None:
    first = Said("a")
    scheduler = scheduler_of(first, most=1)
    scheduler.remove(first)
    assert scheduler.submit(Said("b")) == 0


def test_who_is_removed_is_heard_no_longer() -> None:
    heard, other = Said("heard"), Said("other")
    scheduler = scheduler_of(heard, other)
    scheduler.audible = heard
    scheduler.remove(other)
    assert scheduler.audible is heard
    scheduler.remove(heard)
    assert scheduler.audible is None


def test_removing_twice_or_a_stranger_changes_nothing() -> None:
    stranger = Said("stranger")
    scheduler = scheduler_of(Said("a"))
    scheduler.remove(stranger)
    scheduler.remove(stranger)
    assert names(scheduler) == "a"


# properties

said = st.builds(
    Said,
    name=st.just("any"),
    priority=st.sampled_from(PRIORITIES),
    plays=st.booleans(),
    model_name=st.sampled_from(["tone", "kokoro"]),
    sentences=st.integers(0, 5),
)


@given(st.lists(said), st.integers(0, 20))
def test_all_that_was_asked_for_is_made_and_nothing_twice(utterances: list[Said], heard: int) -> None:
    scheduler = scheduler_of(*utterances)
    scheduler.audible = utterances[heard] if heard < len(utterances) else None
    wanted = sum(utterance.sentences for utterance in utterances)
    made = [serve(scheduler, 1000, model) for model in ("tone", "kokoro")]
    assert sum(len(names.split()) for names in made) == wanted
    assert not any(wants_more(utterance) for utterance in utterances)


@given(st.lists(said))
def test_iteration_is_sorted_by_urgency_and_loses_nobody(utterances: list[Said]) -> None:
    scheduler = scheduler_of(*utterances)
    assert list(scheduler) == sorted(utterances, key=lambda utterance: PRIORITIES.index(utterance.priority))


@given(st.integers(2, 6), st.lists(st.integers(0, 40), max_size=5), st.integers(1, 80))
def test_among_equals_nobody_waits_longer_than_one_sentence_of_each_other(
    count: int, arrivals: list[int], turns: int
) -> None:
    scheduler = scheduler_of(*(Said(f"early{number}") for number in range(count)))
    waited: Counter[str] = Counter()
    for turn in range(turns):
        if turn in arrivals:
            scheduler.submit(Said(f"late{turn}"))
        served = serve(scheduler, 1)
        for utterance in scheduler:
            waited[utterance.name] = 0 if utterance.name == served else waited[utterance.name] + 1
        assert max(waited.values()) < len(scheduler) + len(arrivals)


@given(st.lists(st.tuples(st.booleans(), said), max_size=40), st.integers(1, 5))
def test_the_limit_holds_whatever_comes_and_goes(steps: list[tuple[bool, Said]], most: int) -> None:
    scheduler = scheduler_of(most=most)
    inside: list[Said] = []
    for leaves, utterance in steps:
        if leaves and inside:
            scheduler.remove(inside.pop(0))
        elif len(inside) < most:
            assert scheduler.submit(utterance) <= len(inside)
            inside.append(utterance)
        else:
            with pytest.raises(QueueFull):
                scheduler.submit(utterance)
        assert set(scheduler) == set(inside)
        assert len(scheduler) == len(inside)


def test_what_nobody_hears_waits_until_all_else_is_made() -> None:
    silent, heard = Said("silent", "important", plays=False, heard=False), Said("heard", "progress", sentences=1)
    scheduler = scheduler_of(silent, heard)
    assert scheduler.next_served("tone", wants_more) is heard
    assert scheduler.next_served("tone", lambda utterance: utterance is silent) is None, "it would be in the way"
    heard.sentences = 0
    assert scheduler.next_served("tone", wants_more) is silent


def test_what_nobody_hears_does_not_wait_for_another_engine() -> None:
    silent = Said("silent", plays=False, heard=False)
    scheduler = scheduler_of(silent, Said("heard", model_name="kokoro"))
    assert scheduler.next_served("tone", wants_more) is silent
