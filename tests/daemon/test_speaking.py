"""The daemon's heart with everything around it in the test's hands; scripts/evaluate/soak/speaking.py goes on."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.daemon.speaking_machine import SpeakingMachine

TestSpeaking = SpeakingMachine.TestCase
TestSpeaking.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
