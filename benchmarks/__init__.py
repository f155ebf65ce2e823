"""What we claim about speed, and the peers beside it."""
