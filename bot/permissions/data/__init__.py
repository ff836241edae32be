"""Tables of facts about GitHub, its actions and its tools; each row names its source."""
