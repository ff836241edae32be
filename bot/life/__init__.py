"""The life of a pull request: what was decided before, what is there, what to do. No effects."""
