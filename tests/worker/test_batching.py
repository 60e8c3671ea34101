"""When a worker's audio goes to the daemon: at once while it is needed, several pieces together when it is not."""

from __future__ import annotations

from edge_tts.worker.batching import IN_HAND_SECONDS, QUICK_SECONDS, WAITING_SECONDS, Pace

SOON = QUICK_SECONDS / 100


def test_pieces_go_at_once_until_a_listener_has_enough_in_hand() -> None:
    pace = Pace()
    told = [pace.waits(IN_HAND_SECONDS / 4, now=100 + SOON * count) for count in range(8)]
    assert told == [False] * 5 + [True] * 3


def test_what_waits_is_not_in_hand() -> None:
    pace = Pace()
    pace.waits(IN_HAND_SECONDS + SOON * 3, now=100)
    assert pace.waits(IN_HAND_SECONDS, now=100 + SOON)
    assert not pace.waits(IN_HAND_SECONDS, now=100 + SOON * 4)


def test_a_slow_piece_is_sent_at_once() -> None:
    pace = Pace()
    pace.waits(IN_HAND_SECONDS * 9, now=100)
    assert not pace.waits(1, now=100 + QUICK_SECONDS * 1.01)
    assert pace.waits(1, now=100 + QUICK_SECONDS * 1.99)


def test_what_was_heard_meanwhile_is_in_hand_no_more() -> None:
    pace = Pace()
    pace.waits(IN_HAND_SECONDS * 2, now=100)
    later = 100 + IN_HAND_SECONDS
    pace.waits(SOON, now=later)
    assert not pace.waits(1, now=later + SOON * 2)


def test_what_waits_goes_when_it_is_much() -> None:
    pace = Pace()
    pace.waits(IN_HAND_SECONDS * 2, now=100)
    told = [pace.waits(WAITING_SECONDS / 3, now=100 + SOON * count) for count in range(1, 7)]
    assert told == [True, True, False] * 2


def test_what_went_at_the_end_of_a_sentence_is_in_hand() -> None:
    pace = Pace()
    pace.waits(IN_HAND_SECONDS + SOON, now=100)
    pace.waits(IN_HAND_SECONDS, now=100 + SOON / 2)
    pace.go()
    assert pace.waits(1, now=100 + SOON * 2)
