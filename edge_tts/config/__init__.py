"""What can be configured, where everything lies, and how both are read, once for each process.

Nothing else reads the environment or a configuration file.
"""
