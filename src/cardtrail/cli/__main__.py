"""`python -m cardtrail.cli`: the same as `cardtrail`."""

from __future__ import annotations

from cardtrail.cli.app import main

main(prog_name="cardtrail")
