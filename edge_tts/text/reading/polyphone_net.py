"""Scores the readings of polyphones in a sentence with the bidirectional LSTM of g2pM (Apache-2.0), in numpy.

Park and Lee, "g2pM: A Neural Grapheme-to-Phoneme Conversion Package for Mandarin Chinese Based on a New Open
Benchmark Dataset", Interspeech 2020. One layer of 2 x 32 cells over characters, two dense layers; every position
of a sentence is scored in one pass. polyphone_net.npz, written by scripts/build/build_lexicon.py:

characters uint32 [n], sorted      embedding float16 [n + 3, 64]: the characters, then unknown, start, end
input [2, 64, 128], recurrent [2, 32, 128], bias [2, 1, 128]: forward and backward; gates in, forget, cell, out
hidden [64, 32], hidden_bias, output [32, 876], output_bias      labels uint16 [876], codes of pinyin.encode
polyphones uint32, sorted: characters that the network may choose for
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_tts.text.lexicon import arrays

WINDOW = 128  # characters scored in one pass; a longer text is cut, so that memory stays small
MARGIN = 32  # characters on either side of a window that its positions still see
_CELLS = 32
_CHINESE_MARKS = str.maketrans(",.!?:;", "，。！？：；")  # the training text has marks of full width

Floats = npt.NDArray[np.float32]


class PolyphoneNet:
    """The network's weights and the characters that it was trained on."""

    def __init__(self, weights: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take the arrays that the module describes."""
        self._characters = weights["characters"]
        self._embedding = weights["embedding"]
        # A sigmoid is half a tanh: with halved weights one tanh serves all four gates.
        halved = np.full(4 * _CELLS, 0.5, np.float32)
        halved[2 * _CELLS : 3 * _CELLS] = 1
        self._gates = np.concatenate((weights["input"], weights["recurrent"]), axis=1).astype(np.float32) * halved
        self._bias = weights["bias"].astype(np.float32) * halved
        self._hidden, self._hidden_bias, output, self._output_bias = (
            weights[name].astype(np.float32) for name in ("hidden", "hidden_bias", "output", "output_bias")
        )
        self._output = np.ascontiguousarray(output.T)
        self._label = {int(code): index for index, code in enumerate(weights["labels"])}
        self._polyphones = frozenset(map(chr, weights["polyphones"]))

    def knows(self, character: str) -> bool:
        """Return whether the network may choose the character's reading."""
        return character in self._polyphones

    def scores(
        self, text: str, positions: Sequence[int], candidates: Sequence[Sequence[int]]
    ) -> list[dict[int, float]]:
        """Return for each position the logits of those of its candidates that are labels of the network.

        Args:
            text: a sentence, of any length.
            positions: ascending.
            candidates: codes of readings, for each position.
        """
        found: list[dict[int, float]] = []
        text = text.translate(_CHINESE_MARKS)
        for start in range(0, len(text), WINDOW):
            first = max(0, start - MARGIN)
            end = bisect_left(positions, start + WINDOW)
            inside = [position - first for position in positions[len(found) : end]]
            if inside:
                hidden = self._hidden_layer(text[first : start + WINDOW + MARGIN], inside)
                found += [
                    self._logits(row, codes) for row, codes in zip(hidden, candidates[len(found) : end], strict=True)
                ]
        return found

    def _logits(self, hidden: Floats, codes: Sequence[int]) -> dict[int, float]:
        known = [code for code in codes if code in self._label]
        labels = [self._label[code] for code in known]
        logits = self._output[labels] @ hidden + self._output_bias[labels]
        return dict(zip(known, logits.tolist(), strict=True))

    def _hidden_layer(self, text: str, positions: Sequence[int]) -> Floats:
        """Return [positions, 32] for a text of at most a window."""
        states = self._states(self._embedded(text))
        both = np.concatenate((states[:, 0], states[::-1, 1]), axis=1)[np.array(positions) + 1]
        return np.asarray(np.maximum(both @ self._hidden + self._hidden_bias, 0), np.float32)

    def _embedded(self, text: str) -> Floats:
        """Return [characters + 2, 64], with the marks of start and end."""
        points = np.array([ord(char) for char in text], np.uint32)
        count = len(self._characters)
        ids = np.minimum(np.searchsorted(self._characters, points), count - 1)
        ids = np.where(self._characters[ids] == points, ids, count)
        return np.asarray(self._embedding[[count + 1, *ids, count + 2]], np.float32)

    def _states(self, embedded: Floats) -> Floats:
        """Return the hidden states [characters, 2, cells], the second direction in its own, reversed order."""
        # One small product a step, of character and state together: BLAS starts no threads for it, which would
        # take longer to wake than to work.
        count, size = embedded.shape
        inputs = np.zeros((count + 1, 2, 1, size + _CELLS), np.float32)
        inputs[:count, 0, 0, :size], inputs[:count, 1, 0, :size] = embedded, embedded[::-1]
        cell = np.zeros((2, 1, _CELLS), np.float32)
        for index in range(count):
            gate = np.tanh(inputs[index] @ self._gates + self._bias)
            opened = gate * np.float32(0.5) + np.float32(0.5)
            kept = opened[..., _CELLS : 2 * _CELLS] * cell
            cell = kept + opened[..., :_CELLS] * gate[..., 2 * _CELLS : 3 * _CELLS]
            inputs[index + 1, ..., size:] = opened[..., 3 * _CELLS :] * np.tanh(cell)
        return inputs[1:, :, 0, size:]


@cache
def network() -> PolyphoneNet:
    """Return the network of this installation, read on first use.

    Raises:
        StoreError: its file is missing or damaged.
    """
    return PolyphoneNet(arrays("polyphone_net.npz"))
