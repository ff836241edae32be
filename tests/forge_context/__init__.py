"""What is fetched of other repositories."""
