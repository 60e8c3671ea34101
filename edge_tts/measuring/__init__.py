"""How fast, how large and how good models are here, measured in processes of their own.

Nothing that speaks imports this.
"""
