"""The Python SDK: sign commands, submit them with safe retries, and verify what a node answers without trusting it.

`client.Client` talks to a node over a `transport`; `build` makes and signs commands and clearances; `verify` checks
receipts and card states that came from anywhere; `memory` notices a node that rewrites its history.
"""
