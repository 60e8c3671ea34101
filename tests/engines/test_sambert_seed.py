"""A voice whose vocoder is fed noise says the same again if it is asked to."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edge_tts.cancel import CancelToken
from edge_tts.config.loading import load as load_config
from edge_tts.convert.sambert.model import Options, convert
from edge_tts.engines import loading
from edge_tts.engines.engine import VoiceSettings
from edge_tts.store.catalog import read
from edge_tts.store.installed import Installed
from edge_tts.text import analyze
from tests.support.sambert_package import make


def test_the_same_seed_makes_the_same_audio_and_none_makes_it_anew(tmp_path: Path) -> None:
    package = make(tmp_path / "package", "se_nsf_global_16k", "--voices", "v1")
    folder = convert(package, tmp_path / "model", Options(precision="fp32")).folder
    engine = loading.load(
        Installed(read(folder), folder).files_for_engine(tmp_path / "prepared"), 1, config=load_config()
    )
    (sentence,) = analyze("你好。")

    def said(seed: int) -> bytes:
        return np.concatenate([*engine.synthesize(sentence, VoiceSettings("v1", seed=seed), CancelToken())]).tobytes()

    assert said(7) == said(7)
    assert len({said(7), said(8), said(0), said(0)}) == 4
    engine.close()
