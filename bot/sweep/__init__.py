"""Many repositories: finding them, working on them side by side, and remembering what was done."""
