"""The probes, run by a real bash against the stand-in."""
