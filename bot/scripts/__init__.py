"""What a script says: its commands and API calls, in shells and JavaScript; nothing is judged."""
