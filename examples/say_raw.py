"""The protocol by hand, without edge_tts, see docs/PROTOCOL.md: python say_raw.py TEXT FILE.wav"""

import os
import socket
import sys

import msgpack

state = os.path.expanduser("~/.local/state/edge-tts/run")
folder = f"{os.environ['XDG_RUNTIME_DIR']}/edge-tts" if os.environ.get("XDG_RUNTIME_DIR") else state
text, path = sys.argv[1:] if len(sys.argv) == 3 else sys.exit(__doc__)
connection = socket.socket(socket.AF_UNIX)
connection.connect(os.environ.get("EDGE_TTS_SOCKET") or f"{folder}/edge-tts.sock")
request = {"type": "speak", "id": 1, "text": text, "output": "return", "format": "wav", "stream": False}
body = msgpack.packb(request)
connection.sendall(len(body).to_bytes(4, "big") + body)
with open(path, "wb") as file, connection.makefile("rb") as replies:
    while (reply := msgpack.unpackb(replies.read(int.from_bytes(replies.read(4), "big"))))["type"] != "done":
        file.write(reply.get("data", b""))
        if reply["type"] == "failed":
            sys.exit(reply["message"])
