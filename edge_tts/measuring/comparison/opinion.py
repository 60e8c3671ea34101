"""How good speech sounds, as a network estimates it: DNSMOS P.835 (Reddy, Gopal & Cutler 2022).

The network is a file of the package speechmos (MIT), which is not imported: it would want librosa.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soxr

from edge_tts.cancel import CancelToken
from edge_tts.config.settings import Config
from edge_tts.graphs.parts import Part
from edge_tts.graphs.prepared import prepare
from edge_tts.graphs.session import Session

if TYPE_CHECKING:
    from numpy.typing import NDArray

_RATE = 16_000  # Hz
_SAMPLES = int(9.01 * _RATE)
_FITS = (
    (-0.08397278, 1.22083953, 0.0052439),
    (-0.13166888, 1.60915514, -0.39604546),
    (-0.06766283, 1.11546468, 0.04602535),
)
"""Polynomials from what the network gives to opinion scores, as published with it: speech, background, overall."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """Mean opinion scores from 1 to 5.

    Attributes:
        speech: how good the voice itself sounds.
        background: how good what else is heard sounds.
        overall: how good both together sound.
    """

    speech: float
    background: float
    overall: float


def network() -> Path | None:
    """Return the file of the network, None where the package is not installed."""
    package = find_spec("speechmos")
    folders = package.submodule_search_locations if package else None
    path = Path(folders[0]) / "dnsmos_models" / "sig_bak_ovr.onnx" if folders else None
    return path if path and path.is_file() else None


class Judge:
    """The loaded network.

    Args:
        path: what `network` returned.
        scratch: folder for its prepared form.
        config: of this process.
    """

    def __init__(self, path: Path, scratch: Path, config: Config) -> None:
        """Load it."""
        self._session = Session(prepare(Part(path, scratch), config), 1)

    def __call__(self, samples: NDArray[np.float32], sample_rate: int) -> Opinion:
        """Return the opinion of speech, shape (n,): the mean of windows of nine seconds, a second apart.

        Shorter speech is repeated.
        """
        speech = np.clip(soxr.resample(samples, sample_rate, _RATE), -1.0, 1.0).astype(np.float32)
        speech = np.tile(speech, max(-(-_SAMPLES // max(len(speech), 1)), 1))
        windows = [speech[start : start + _SAMPLES] for start in range(0, len(speech) - _SAMPLES + 1, _RATE)]
        raw = [self._session.run({"input_1": window[np.newaxis]}, CancelToken())[0] for window in windows]
        scores = [[np.polyval(fit, value) for fit, value in zip(_FITS, one, strict=True)] for one in raw]
        return Opinion(*(float(value) for value in np.mean(scores, axis=0)))
