"""The law as checks: each names its rule, and each rule its source.

Facts in, nothing or one refusal out. Nothing in this room reads a clock, a disk, a network or a source of
randomness, and nothing here knows a framework: the caller hands in the time, the holidays and what people
established. Amounts are in fen, for the limits of the law are in yuan. This is no legal advice;
`docs/reference/law.md` says how each rule is read where its text leaves room."""
