"""The service: it takes requests, decides who speaks next, and gives every utterance exactly one last reply.

It computes no audio and imports neither numpy nor onnxruntime; nothing here may block its event loop.
"""
