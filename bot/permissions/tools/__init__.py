"""Programs that scripts run and that use a GitHub token: one file a family."""
