"""How it sounds and how it reads: intelligibility, tones, pauses, seams, and comparisons with other implementations."""
