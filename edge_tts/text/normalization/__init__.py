"""Rewrites text as words that can be read aloud: numbers, dates, signs, emoji, traditional characters.

Every step keeps where in the source its characters come from.
"""
