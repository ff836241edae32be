"""Clones and pushes, against git's own server."""
