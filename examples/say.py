"""Say a text, or write it to a file: python say.py TEXT [FILE.wav]"""

import sys
import wave
from pathlib import Path

from edge_tts import Client
from edge_tts.wire import Audio

if not 2 <= len(sys.argv) <= 3:
    sys.exit(__doc__)
sys.stdout.reconfigure(errors="replace")
text = sys.argv[1]
with Client() as client:
    if len(sys.argv) == 2:
        stats = client.speak(text)
        print(f"{stats['voice']} spoke for {stats['audio_seconds']:.1f} s")
    else:
        replies = client.utter(text, output="return", format="wav", stream=False)
        audio = b"".join(reply.data for reply in replies if isinstance(reply, Audio))
        Path(sys.argv[2]).write_bytes(audio)
        with wave.open(sys.argv[2]) as sound:
            print(f"{sys.argv[2]}: {sound.getnframes() / sound.getframerate():.1f} s")
