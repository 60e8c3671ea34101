"""How the bytes of a model's files come here: from hubs, packages, addresses and files.

What is done with them when they are here is decided one folder up.
"""
