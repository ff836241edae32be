"""Sweeps over many repositories."""
