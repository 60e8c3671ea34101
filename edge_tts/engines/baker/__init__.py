"""The light Mandarin voice: FastSpeech 2 and MB-MelGAN, from a TensorFlow Lite package.

What other families need too lives one folder up.
"""
