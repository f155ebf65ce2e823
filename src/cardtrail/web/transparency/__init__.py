"""The public page: latest checkpoint, totals, how to verify."""
