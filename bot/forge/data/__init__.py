"""Tables about GitHub that people can read and correct, each row with its source."""
