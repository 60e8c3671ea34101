"""Try orders of events in the daemon's heart, many more than the tests do; see tests/daemon/speaking_machine.py.

    python -m scripts.evaluate.soak.speaking [--steps N] [--seed N] [--json]

Prints how many steps were made, and how often each event. Ends with the shortest sequence that breaks an invariant, and
exit status 1, if there is one.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections import Counter

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.daemon.speaking_machine import SpeakingMachine

STEPS = 50
"""Most steps of one sequence."""


def main() -> int:
    """Run sequences until there were enough steps."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--steps", type=int, default=200_000, help="how many at least")
    parser.add_argument("--seed", type=int, default=0, help="of the first round of sequences")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    SpeakingMachine.counts = counts
    logging.disable(logging.CRITICAL)  # faults are told there, and there are thousands
    how = settings(
        max_examples=500,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    rounds = 0
    while counts.total() < options.steps:
        machine = seed(options.seed + rounds)(type("SpeakingMachine", (SpeakingMachine,), {}))
        run_state_machine_as_test(machine, settings=how)
        rounds += 1
        if sys.stderr.isatty():
            print(f"\r{min(counts.total(), options.steps):,} of {options.steps:,} steps", end="", file=sys.stderr)
    if options.json:
        print(json.dumps({"steps": counts.total(), "rules": dict(counts.most_common())}))
    else:
        print(f"{counts.total():,} steps, no invariant broken")
        for name, count in counts.most_common():
            print(f"  {name:<22}{count:>9,}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
