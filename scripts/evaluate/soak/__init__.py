"""Whether it holds: kills, floods, full disks, random inputs, long runs."""
