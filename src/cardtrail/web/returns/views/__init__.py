"""Pages of holders and staff."""
