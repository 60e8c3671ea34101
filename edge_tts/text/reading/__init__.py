"""Turns words into syllables and phonemes: segmentation, polyphones, English, the user's own words.

Tones change in connected speech in prosody/, not here.
"""
