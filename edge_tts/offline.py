"""What libraries are told before they are imported, so that none of them talks to the network by itself.

ONNX Runtime keeps a device ID and events in `~/.cache/Microsoft` and sends them, from its import on; the call that
switches this off comes too late, the variable does not. `edge_tts` sets these whenever it is imported, thus before any
library that it imports, and children inherit them. Somebody's own other values are overridden: "offline" is a promise,
no preference.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path

TOLD = {
    "ORT_DISABLE_TELEMETRY": "1",  # ONNX Runtime 1.29 and later
    "HF_HUB_DISABLE_TELEMETRY": "1",  # huggingface_hub, which faster-whisper imports
    "DO_NOT_TRACK": "1",  # huggingface_hub too, and others by agreement
}


def tell(environ: MutableMapping[str, str]) -> None:
    """Set the variables in an environment, that of this process as a rule."""
    environ.update(TOLD)


def tell_sound(environ: MutableMapping[str, str], runtime: Path) -> None:
    """Have PulseAudio's client, which PortAudio loads, make its folders in ours, where a user has none of it.

    Without `XDG_RUNTIME_DIR` it makes `~/.config/pulse` and leaves a folder in /tmp for each process. Where there is
    such a folder, a sound server of the user's may be found in it, so nothing is changed.

    Args:
        environ: the environment, that of this process as a rule.
        runtime: the folder of our socket.
    """
    home = Path(environ.get("HOME") or Path.home())
    theirs = (home / ".config" / "pulse", home / ".pulse")
    if not environ.get("XDG_RUNTIME_DIR") and not any(place.exists() for place in theirs):
        environ.setdefault("PULSE_RUNTIME_PATH", str(runtime / "pulse"))
