"""A child that does not outlive whoever started it: `python -m cardtrail.cli.serve.leash MODULE ARGUMENTS…`.

The parent holds the other end of our standard input. When it ends, in whatever way, the kernel closes that end, and
this process and those it has started end too. So there is no moment, and no signal, that leaves one behind.
"""

from __future__ import annotations

import gc
import os
import runpy
import signal
import sys
import threading
import time

GRACE_S = 8.0
"""How long a child may take to end by itself once its parent is gone."""

COLLECTED_AFTER = (50_000, 20, 100)
"""What a part loads stays as long as the part does. A collector that looked after every 700 new objects whether some of
it can go would take a fifth of the start."""


def main() -> None:
    """Run a module as if it had been started by itself."""
    threading.Thread(target=_wait_for_the_end, name="leash", daemon=True).start()
    sys.argv = sys.argv[1:]
    gc.set_threshold(*COLLECTED_AFTER)
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _wait_for_the_end() -> None:
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass  # No end to read from is an end, too.
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    main()
