"""The API's operations, one file for each thing they are about."""
