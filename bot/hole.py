"""The character that stands in a text for what can't be known before the run."""

HOLE = "\ufffc"
"""U+FFFC, the object replacement character. It stands for any text, the empty one included."""
