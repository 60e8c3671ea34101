"""Sambert-HiFiGAN: symbols, the acoustic model with its step graph, and the vocoder.

What other families need too lives one folder up.
"""
