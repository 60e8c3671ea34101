"""Graphs in 8 bits: calibrated, made so that no processor's products saturate, and measured against float.

No model family is known here.
"""
