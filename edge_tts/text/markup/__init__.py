"""What marks in a text ask for: pauses, readings, voices, emphasis; inline marks and SSML.

Nothing here knows how words are pronounced.
"""
