git push --tags
