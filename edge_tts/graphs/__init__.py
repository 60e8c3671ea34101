"""Graph files and ONNX Runtime: how a graph is read, written, prepared for this machine, mapped and run.

No voice, sentence or model family is known here.
"""
