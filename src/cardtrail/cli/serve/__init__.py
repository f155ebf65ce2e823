"""`serve`: the ledger's node, the web server and the worker, started, watched and stopped as one."""
