"""Tools for a workstation, not for the device: checkpoints of other projects become models that can be installed.

Needs the extra `convert` (onnx, PyYAML); nothing that speaks imports this package.
"""
