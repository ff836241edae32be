"""Workflows run for real, by ``act``, against a stand-in for GitHub."""
