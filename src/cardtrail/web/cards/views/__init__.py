"""Pages of holders: one file for each thing they do."""
