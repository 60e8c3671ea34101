"""What scripts/quickstart prints at its end: SPOKEN STATUS PLAYED, the first two as JSON."""

from __future__ import annotations

import json
import sys


def main() -> None:
    """Print the summary as a table."""
    spoken, status, played = json.loads(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3] == "yes"
    rows = {
        "voice": f"{spoken['voice']} of {spoken['model']}",
        "audio": f"{spoken['audio_seconds']:.1f} s in hello.wav" + (", played" if played else ", no sound device"),
        "first audio": f"{spoken['ttfa_seconds']:.2f} s after the request (TTFA)",
        "speed": f"{spoken['rtf']:.2f} s of synthesis for a second of speech (RTF)",
        "disk": f"{status['disk']['used_bytes'] / 1e6:.0f} MB of {status['disk']['budget_bytes'] / 1e9:.0f} GB",
        "daemon": f"process {status['pid']} on {status['socket']}",
    }
    for name, value in rows.items():
        print(f"{name:<12} {value}")
    print("\nSay more:    .venv/bin/edge-tts say 你好      Stop the daemon:   kill", status["pid"])


if __name__ == "__main__":
    main()
