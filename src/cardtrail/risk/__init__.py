"""Whether something may go on: one port, and behind it rules that are data.

`decide(rules, question)` answers with allow, step up, hold or block, the reasons in both languages, and every value it
used. Nothing in this room reads a clock, a disk, a network or a source of randomness: whoever asks gathers the signals
and hands them in. What is not known is never taken for good: each rule says what follows from not knowing."""
