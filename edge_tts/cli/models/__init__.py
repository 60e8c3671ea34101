"""The commands `edge-tts models …` and `edge-tts disk plan`.

What they do to the store lives in store/; here are options, messages and tables.
"""
