"""What a job needs of GITHUB_TOKEN, with the evidence for it."""
