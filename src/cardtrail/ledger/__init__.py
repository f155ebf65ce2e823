"""The rules: state, command and time in; a change or one reason for refusal out.

Nothing in this room reads a clock, a disk, a network or a source of randomness, and nothing depends on which
node runs it. The embedded node, every member's replica and the auditor run this same code."""
