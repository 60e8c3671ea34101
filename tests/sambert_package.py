"""Sambert packages with random weights in the real layout, and what the original implementation makes of them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tests import pth

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"
DATA = SHARED / "data" / "sambert"
VARIANTS = {"16k": "zhitian_emo", "nsf_24k": "v1", "se_nsf_global_16k": "v1"}
"""Variants that have references, and the voice that they are of."""
CASES = ("beijing_neutral", "nihao_happy", "long_angry_spk2")

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"the reference data is not in {SHARED}")


def tool() -> ModuleType:
    """Return the program that writes packages, which then needs no PyTorch."""
    path = SHARED / "tools" / "make_sambert_checkpoint.py"
    spec = importlib.util.spec_from_file_location("make_sambert_checkpoint", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    module.save_checkpoint = pth.save  # type: ignore[attr-defined]
    return module


def make(out: Path, variant: str, *arguments: str) -> Path:
    """Write a package and return its folder."""
    status = tool().main([str(out), "--variant", variant, *arguments])
    assert status == 0
    return out


def reference(variant: str, case: str) -> dict[str, Any]:
    """Return the arrays that the original implementation computes."""
    with np.load(DATA / variant / VARIANTS[variant] / f"{case}.npz") as found:
        return dict(found)
