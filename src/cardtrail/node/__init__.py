"""Runs the rules: orders commands into batches, applies and commits them, publishes the log, answers over HTTP."""
