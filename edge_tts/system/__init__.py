"""What is asked of the operating system: whole files, locks, private folders, bounded reading, memory, limits.

Nothing of speech, models or the protocol is known here.
"""
