"""One file per family of commands. A transition reads the state and answers with a change or the reason against it."""
