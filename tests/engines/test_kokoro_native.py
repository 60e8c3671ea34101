"""What Kokoro computes natively, and in which pieces."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_tts.engines.kokoro import moments as kokoro_moments
from edge_tts.engines.kokoro.moments import Measured
from edge_tts.engines.kokoro.native import FIRST_ROWS, MOST_ROWS, pieces
from edge_tts.engines.kokoro.prosody import Prosody, condense
from edge_tts.engines.kokoro.source import Source
from edge_tts.native import convolution as native
from edge_tts.native.convolution import Pool

SOUND, SILENCE = -3.0, -9.4


def energy(*frames: tuple[int, float]) -> NDArray[np.float32]:
    return np.concatenate([np.full(2 * count, value, np.float32) for count, value in frames])


def test_the_middle_of_the_last_silence_counts_without_being_computed() -> None:
    kept, counts = condense(energy((13, SILENCE), (40, SOUND), (35, SILENCE)))
    assert kept.tolist() == [*range(53 + 8), *range(84, 88)]
    assert counts.sum() == pytest.approx(88)
    assert counts[:57].tolist() == [1] * 57


@pytest.mark.parametrize("last", [0, 5, 12])
def test_a_short_silence_is_computed_whole(last: int) -> None:
    kept, counts = condense(energy((13, SILENCE), (40, SOUND), (last, SILENCE)))
    assert kept.tolist() == list(range(53 + last))
    assert counts.tolist() == [1] * (53 + last)


def test_silence_between_words_is_computed() -> None:
    kept, _ = condense(energy((13, SILENCE), (20, SOUND), (60, SILENCE), (20, SOUND), (12, SILENCE)))
    assert len(kept) == 125


def test_what_is_silent_throughout_is_computed_whole() -> None:
    kept, _ = condense(energy((50, SILENCE)))
    assert len(kept) == 50


def prosody(*frames: tuple[int, float]) -> Prosody:
    curve = energy(*frames)
    count = len(curve) // 2
    return Prosody(
        np.zeros((count, 512), np.float32), np.zeros(2 * count, np.float32), curve, np.ones(count, np.float32)
    )


def test_silence_is_told_as_it_counts() -> None:
    made = prosody((13, SILENCE), (50, SOUND), (37, SILENCE)).condensed()
    assert len(made.features) < 100
    assert made.silence == pytest.approx(0.5)
    assert made.with_silence(0.2).silence == pytest.approx(0.2)
    assert made.with_silence(0.2).counts[made.sounding].tolist() == [1] * 50


@pytest.mark.parametrize("sound", [1, 20, 30, 77, 400, 2000])
def test_pieces_follow_on_each_other_and_grow_up_to_a_limit(sound: int) -> None:
    made = list(pieces(np.repeat([False, True, False], (13, sound, 12))))
    assert made[0][0] == 5
    assert made[-1][1] == 13 + sound + 8
    assert [begin for begin, _ in made[1:]] == [end for _, end in made[:-1]]
    sizes = [end - begin for begin, end in made]
    assert sizes[0] < 1.5 * FIRST_ROWS
    assert all(size <= MOST_ROWS + FIRST_ROWS / 2 for size in sizes)
    assert sizes[:-1] == sorted(sizes[:-1])


@pytest.mark.skipif(not native.LIBRARY.is_file(), reason="there is no native library")
@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize("size", [1, 50, 7777])
def test_the_source_does_not_depend_on_how_it_is_cut(size: int, threads: int) -> None:
    pool = Pool(threads)
    pitch = np.concatenate([np.full(10, 4.0), np.linspace(120, 180, 40), np.full(10, 4.0)]).astype(np.float32)
    arrays = {"source.weights": np.linspace(-0.2, 0.1, 9, dtype=np.float32), "source.bias": np.array([-0.03], "f4")}
    source = Source(pitch, arrays, pool)
    whole = source.spectra(0, source.rows)
    parts = [source.spectra(at, min(at + size, source.rows)) for at in range(0, source.rows, size)]
    assert whole.shape == (60 * 60 + 1, 22)
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    pool.close()
    assert np.ptp(whole[5 * 60 + 10 : 9 * 60, 0]) == 0, "nothing but the bias where there is no voice"
    assert whole[20 * 60 : 40 * 60, 0].std() > 0.01


def test_moments_follow_from_length_and_silence() -> None:
    def moments(tokens: int, silence: float) -> np.ndarray:
        mean, deviation = 3 * np.log(tokens) - silence, np.exp(0.5 * silence)
        return np.array([[mean], [mean**2 + deviation**2]])

    places = [(14, 0.56), (55, 0.33), (71, 0.25), (71, 0.45), (152, 0.08)]
    found = kokoro_moments.fit([Measured(*place, {"norm": moments(*place)}) for place in places])
    for tokens, silence in [(20, 0.5), (100, 0.2), (100, 0.5)]:
        np.testing.assert_allclose(
            kokoro_moments.predict(found, tokens, silence)["norm"], moments(tokens, silence), rtol=1e-4
        )


@pytest.mark.parametrize(("there", "more"), [(0, 10), (3, 7), (10, 0), (20, 0)])
def test_a_pause_becomes_as_long_as_asked_for_and_does_not_count(there: int, more: int) -> None:
    before = prosody((13, SILENCE), (20, SOUND), (there, SILENCE), (20, SOUND), (12, SILENCE))
    after = before.paused(np.array([13, 18, 4, 18 + there, 12], np.float32), {2: 0.3})
    assert len(after.features) == len(before.features) + more
    assert after.silence == pytest.approx(before.silence)
    quiet = ~after.sounding[13:-12]
    assert quiet.sum() == there + more
    assert np.flatnonzero(np.diff(quiet.astype(int))).size == 2
