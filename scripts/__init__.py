"""What is run around the package: setting up, building, evaluating. Nothing in edge_tts/ imports it."""
