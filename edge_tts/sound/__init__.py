"""The loudspeaker, and audio in other forms: playback, files, sample rates.

Which utterance is heard is decided in daemon/.
"""
