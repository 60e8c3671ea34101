"""Write tests/data/sambert: cut from the whole reference data what the tests of a checkout need.

Usage: python -m scripts.build.make_sambert_data [WHOLE] [--check]

WHOLE is the folder with all of it, by default shared/data/sambert beside the repository. With --check nothing is
written: printed is which files are not as they would be, and then the exit status is 1.
"""

from __future__ import annotations

import argparse
import filecmp
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEPT, WHOLE = ROOT / "tests" / "data" / "sambert", ROOT.parent / "shared" / "data" / "sambert"
OWN = Path("README.md")
"""What is no copy."""
LEFT_OUT = {Path("nsf_24k", "v1", f"{case}.npz") for case in ("beijing_neutral", "long_angry_spk2")}
"""Half of all bytes: the noise of a harmonic source at 24 kHz, of which one case is enough."""


def files(folder: Path) -> set[Path]:
    """Return the files below a folder, as paths from there."""
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def different(whole: Path) -> list[Path]:
    """Return the files that are missing, not the same or too many."""
    kept, wanted = files(KEPT) - {OWN}, files(whole) - LEFT_OUT
    same = {path for path in kept & wanted if filecmp.cmp(KEPT / path, whole / path, shallow=False)}
    return sorted((kept | wanted) - same)


def main() -> int:
    """Write or check the files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("whole", nargs="?", type=Path, default=WHOLE, metavar="WHOLE")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if not options.whole.is_dir():
        parser.error(f"expected a folder with the whole reference data, got {options.whole}")
    found = different(options.whole)
    for path in found:
        print(KEPT / path)
        if not options.check:
            (KEPT / path).unlink(missing_ok=True)
            if (options.whole / path).is_file() and path not in LEFT_OUT:
                (KEPT / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(options.whole / path, KEPT / path)
    return int(options.check and bool(found))


if __name__ == "__main__":
    sys.exit(main())
