"""Code in C, compiled by scripts/build/build_native.py; absent where the package was built without a compiler.

No model is known here; what is computed natively can be computed without it, more slowly.
"""

from pathlib import Path

LIBRARY = Path(__file__).parent / "libconvolution.so"
