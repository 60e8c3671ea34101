"""Code in C, compiled by scripts/build/build_native.py; absent where the package was built without a compiler."""

from pathlib import Path

LIBRARY = Path(__file__).parent / "libconvolution.so"
