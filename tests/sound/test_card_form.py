"""Forms of samples that cards take: which are tried, and that pieces become what the whole would."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from edge_tts.sound.card_form import Conversion, Form, Search

WANTED = Form(24000, block_frames=240)


def test_the_own_rate_of_the_card_is_tried_first_and_each_only_once() -> None:
    search, rates = Search(WANTED, 44100), []
    while search.refused(-9997):
        rates.append(search.form.sample_rate)
    assert rates[0] == 44100
    assert len(rates) == len(set(rates)) > 5
    assert 24000 not in rates


@pytest.mark.parametrize("code", [-9996, -9985, 0, -1])
def test_what_no_form_would_mend_ends_the_search(code: int) -> None:
    assert not Search(WANTED, 48000).refused(code)


def test_each_trait_is_changed_for_itself() -> None:
    search = Search(WANTED, 0)
    assert all(map(search.refused, (-9997, -9998, -9994)))
    assert search.form == Form(48000, 2, "int16", 480)
    assert not search.refused(-9998)


@settings(max_examples=50, deadline=None)
@given(
    sizes=some.lists(some.integers(0, 900), max_size=12),
    rate=some.sampled_from([24000, 48000, 44100, 16000]),
    channels=some.sampled_from([1, 2]),
    dtype=some.sampled_from(["float32", "int16"]),
)
def test_pieces_become_what_the_whole_does(sizes: list[int], rate: int, channels: int, dtype: str) -> None:
    samples = np.random.default_rng(1).uniform(-1, 1, 3000).astype(np.float32)
    ends = np.minimum(np.cumsum([0, *sizes]), len(samples))
    pieces = [samples[a:b].tobytes() for a, b in zip(ends, [*ends[1:], len(samples)], strict=True)]
    form = Form(rate, channels, dtype)
    conversion = Conversion(24000, form)
    got = b"".join(map(conversion.convert, pieces))
    assert got == Conversion(24000, form).convert(samples.tobytes())
    frames = np.frombuffer(got, dtype).reshape(-1, channels)
    assert (frames[:, 0] == frames[:, -1]).all()
    if rate == 24000:
        scale = 32767 if dtype == "int16" else 1
        np.testing.assert_allclose(frames[:, 0], samples * scale, atol=0.51 if dtype == "int16" else 0)
