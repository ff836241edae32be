"""GitHub, github.com or a GitHub Enterprise Server: all that goes over the network."""
