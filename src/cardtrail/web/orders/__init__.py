"""Escrow orders kept: one row each, one transaction for each decision, and what follows from it carried out once."""
