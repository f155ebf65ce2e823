"""Trees and their proofs: the log of entries, the register of cards, and the text and byte formats that carry them.

`log` and `register` are the two trees, both of RFC 6962's shape over SHA-256. `proofs` makes and verifies inclusion and
consistency proofs, `tiles`, `checkpoint` and `proof_file` are the formats of c2sp.org, so that tools which are not ours
can read and verify what we publish. Nothing here reads a clock, a disk or a network, or knows what a card is.
"""
