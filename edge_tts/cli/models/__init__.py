"""The commands `edge-tts models …` and `edge-tts disk plan`.

What they do to the store is written in store/; here are words, tables and bars.
"""
