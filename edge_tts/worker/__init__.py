"""The child process that hosts one engine: `python -m edge_tts.worker FD PARENT`.

It may compute and block; it knows of no client, queue or loudspeaker.
"""
