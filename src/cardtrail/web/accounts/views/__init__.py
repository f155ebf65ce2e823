"""The pages about oneself, one file for each matter."""
