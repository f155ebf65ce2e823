"""Keys and signatures: the only room that touches the crypto library.

Ed25519 (RFC 8032) through libsodium everywhere, one strict rule for what a valid signature is, HKDF-SHA256
for deriving seeds, and the signed-note format for checkpoints."""
