"""The node's HTTP interface: an ASGI application over a running `Node`. `openapi` says what it answers."""
