"""The law as checks, at their exact edges."""
