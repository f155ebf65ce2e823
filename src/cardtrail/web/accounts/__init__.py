"""People: who they are, how they sign in, on which devices."""
