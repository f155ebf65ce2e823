"""Payment providers behind one port: they hold a buyer's money, release it to the seller, or give it back.

The product never holds money (decision 16). What is here asks a provider to act, and tells true news from forged ones;
what follows from the news is decided elsewhere. No room of ours is needed but `signing`, and no framework."""
