"""What a card may be worth: price bands from like sales, the brand's quotes in money and points, the public's chart.

Facts in, a value or a typed refusal out. Nothing in this room reads a clock, a disk, a network or a source of
randomness: the caller hands in the time and the sales. Every amount is a whole number of minor units, every share a
whole number of basis points (1 % is 100), and the order in which sales are handed in makes no difference."""
