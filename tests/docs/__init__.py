"""Documents are tested: what they tell people to type is typed here."""
