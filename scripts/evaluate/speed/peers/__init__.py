"""Other programs that read aloud, measured in turn with ours, each in an environment of its own."""
