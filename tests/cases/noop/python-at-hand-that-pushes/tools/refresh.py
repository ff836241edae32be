import subprocess

subprocess.run(["git", "push", "origin", "HEAD"], check=True)
