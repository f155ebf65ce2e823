"""The REST API for the brand's developers."""
