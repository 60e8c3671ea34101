"""How a Sentence becomes samples: the interface, what a model is, which way it is computed in, one folder a family.

`tone.py` is the smallest complete engine and the template for a new one. Text is read in text/, graphs are run in
graphs/; nothing here knows of the daemon.
"""
