"""Decides where a sentence pauses and how its tones change: breaks, pauses, sandhi, neutral tones.

It starts from words whose readings are known.
"""
