"""The node's HTTP interface: an ASGI application over a running `Node`. What it answers is written down in `openapi`."""
