"""Other programs doing the state change that a transfer makes, and none of the rest of a transfer."""
