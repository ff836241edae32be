"""``python -m bot``: the command, where its script is not on the path."""

from bot.cli import main

main()
