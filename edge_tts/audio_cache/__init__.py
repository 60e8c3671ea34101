"""Audio that was made before: what it depends on, how it lies on disk, how it is said again.

No engine and no network is known here; the daemon decides which utterances come from it and go to it.
"""
