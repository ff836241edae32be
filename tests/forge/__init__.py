"""A stand-in for GitHub, for tests that run what the project writes."""
