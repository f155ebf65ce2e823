"""A believable demonstration: an invented brand, its staff, its holders and a season of their cards."""
