"""What several tests need: daemons, homes, servers, tiny models, checkpoints."""
