"""What a workflow file says, and where: text, positions, expressions, job graph, edits."""
