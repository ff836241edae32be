"""What is read of GitHub before and beside a run."""
