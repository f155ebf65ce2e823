"""The node, the pages and the worker are killed at random while people do a thousand things: each thing has happened
once or not at all in the end, and everybody was told of it once.

`CARDTRAIL_KILL_ACTIONS` sets how many things; the moments of the kills are different each time.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.serve_process import Serve, environment, until
from tests.crash.web_browser import Browser
from tests.crash.web_killer import Killer
from tests.crash.web_people import Holder, World, live

pytestmark = pytest.mark.slow

ACTIONS = int(os.environ.get("CARDTRAIL_KILL_ACTIONS", "80"))
HOLDERS = max(6, ACTIONS // 50)
"""Few enough to get into each other's way; enough that none gives more cards away than risk lets pass unseen."""
SETTLED_WITHIN_S = 120


@pytest.mark.timeout(1200)
def test_every_card_and_every_notice_is_right_whatever_is_killed(tmp_path: Path) -> None:
    directory = tmp_path / "cards"
    with Serve(directory, ("--processes", "2")) as serve:
        port = serve.ready()
        filled = beside(directory, "tests.crash.web_fill", str(HOLDERS), str(HOLDERS * 4 + ACTIONS // 4))
        world = World(codes=[(number, code) for number, code in filled["codes"]], left=ACTIONS)
        holders = [
            Holder(world, place, Browser(port, session), Browser(port, filled["till"]))
            for place, session in enumerate(filled["sessions"])
        ]
        with Killer(serve) as killer:
            live(holders)
        until(lambda: healthy(serve), "every part is up again")
        found = beside(directory, "tests.crash.web_judge", str(filled["entries"]), str(SETTLED_WITHIN_S))
        repeated = sum(holder.browser.repeated + holder.till.repeated for holder in holders)
        print(
            json.dumps(
                {**found["figures"], "done": world.done, "killed": killer.killed, "repeated": repeated}
            )
        )
        assert found["wrong"] == []
        assert sum(world.done.values()) == ACTIONS
        assert world.done["give"], "no gift went out: risk held them all"
        assert {"node", "web.server", "web.worker", "one of the web's"} <= killer.killed.keys()
        assert repeated, "nobody ever noticed that something was killed"
        assert serve.stop() == 0


def healthy(serve: Serve) -> bool:
    """Whether every part is up. A process whose master was killed may still take a call, and hang up."""
    try:
        return serve.health()[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def beside(directory: Path, module: str, *arguments: str) -> Any:
    """What a module prints as JSON when it is run in the installation's environment."""
    node = (directory / "ledger" / "lock").read_text().strip().splitlines()[0]
    given = {
        **environment(),
        "CARDTRAIL_DIR": str(directory),
        "CARDTRAIL_NODE": node,
        "DJANGO_SETTINGS_MODULE": "cardtrail.web.settings",
    }
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], env=given, stdout=subprocess.PIPE, check=True, text=True
    )
    return json.loads(done.stdout.strip().splitlines()[-1])
