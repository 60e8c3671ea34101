"""Sambert packages with random weights in the real layout, and what the original implementation makes of them."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tests.support import make_sambert_checkpoint, pth

SHARED = Path(__file__).resolve().parents[3] / "shared"
KEPT, WHOLE = Path(__file__).resolve().parents[1] / "data" / "sambert", SHARED / "data" / "sambert"
DATA = WHOLE if WHOLE.is_dir() else KEPT
"""Key lists, settings and reference arrays; what is kept here lacks the two largest arrays."""
VARIANTS = {"16k": "zhitian_emo", "nsf_24k": "v1", "se_nsf_global_16k": "v1"}
"""Variants that have references, and the voice that they are of."""
CASES = ("beijing_neutral", "nihao_happy", "long_angry_spk2")


def tool() -> ModuleType:
    """Return the program that writes packages, which then needs no PyTorch."""
    make_sambert_checkpoint.save_checkpoint = pth.save
    return make_sambert_checkpoint


def make(out: Path, variant: str, *arguments: str) -> Path:
    """Write a package and return its folder."""
    status = tool().main([str(out), "--data", str(DATA), "--variant", variant, *arguments])
    assert status == 0
    return out


def reference(variant: str, case: str) -> dict[str, Any]:
    """Return the arrays that the original implementation computes."""
    path = DATA / variant / VARIANTS[variant] / f"{case}.npz"
    if not path.exists():
        pytest.skip(f"{path.name} of {variant} is not kept here, and not in {SHARED}")
    with np.load(path) as found:
        return dict(found)
