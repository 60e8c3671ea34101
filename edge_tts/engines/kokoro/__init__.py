"""Kokoro: symbols, prosody, decoder and the generator that runs piece by piece.

What other families need too lives one folder up.
"""
