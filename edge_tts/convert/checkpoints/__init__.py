"""PyTorch checkpoints, read without PyTorch: the archive, its pickle, its weights.

Nothing is imported or called that a checkpoint names.
"""
