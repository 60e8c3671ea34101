"""Packages of Alibaba's Sambert-HiFiGAN (KAN-TTS): found, read, and built anew as graphs.

What other families would need too lives one folder up.
"""
