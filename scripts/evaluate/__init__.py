"""Measures the package from outside: its speed, its quality, and what it does under pressure."""
