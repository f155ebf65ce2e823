"""Holders' keys: derive, keep and use them. Card codes, gift links, identity envelopes, and the wallet that signs.

Secrets in this room (roots, codes, links, salts) appear in no repr and no error message.
"""
