"""Jinja2 templates: pull request, commit, reports."""
