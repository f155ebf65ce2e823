"""Risk, with the signals of the web application: gathered, decided by the rules, kept, and cleared by."""
