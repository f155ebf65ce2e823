"""The market: cards are offered, asked about, bargained for and bought; every sale runs through an order in escrow."""
