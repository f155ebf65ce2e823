"""Measure other programs on this machine at the state change of a transfer: `python -m benchmarks.run_peers`.

Each is started in a temporary directory on a free port of the loopback interface, filled, measured and ended. What is
not installed is left out and named. V is measured beside every figure as in `cardtrail bench`, so both tables compare.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from benchmarks.peers.common import Peer
from benchmarks.peers.etcd import Etcd
from benchmarks.peers.postgresql import Postgresql
from benchmarks.peers.redis import Redis
from benchmarks.peers.sqlite import Sqlite
from cardtrail.cli.benching.figures import Figure, cores
from cardtrail.cli.benching.yardstick import Yardstick

PEERS = {"etcd": Etcd, "postgresql": Postgresql, "redis": Redis, "sqlite": Sqlite}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Measure other programs at the state change of a transfer.")
    parser.add_argument(
        "peers", nargs="*", choices=[[], *PEERS], help="which ones (default: all that are installed)"
    )
    parser.add_argument("--records", type=int, default=100_000, help="cards (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of a round (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds; the one in the middle counts")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args(arguments)
    figures: list[Figure] = []
    for name in options.peers or PEERS:
        peer: Peer = PEERS[name]()
        missing = peer.missing()
        if missing is not None:
            note(f"{peer.name} is left out; it needs {missing}")
            continue
        figures += measure(peer, options.records, options.seconds, options.rounds)
    if options.json:
        print(json.dumps([figure.to_json() for figure in figures], indent=2))
    else:
        for figure in figures:
            print(line(figure))
    return 0


def measure(peer: Peer, records: int, seconds: float, rounds: int) -> list[Figure]:
    yardstick = Yardstick()
    figures = []
    with peer:
        version = peer.version()
        note(f"{peer.name} {version}: putting {records:,} cards in")
        peer.fill(records)
        for load in peer.loads():
            note(f"{peer.name}: {load.name}, {load.conditions}")
            run = load.run
            measured = yardstick.compare(rounds, lambda _, run=run: run(seconds))
            parts = (version, f"{records:,} cards", load.conditions, f"{cores()} cores", "durable: yes")
            batched = load.name == "batches"
            figures.append(
                Figure(
                    f"{peer.name} {load.name}",
                    measured.rate_per_s,
                    measured.ratio_to_v,
                    None if batched else measured.p50_ms,
                    None if batched else measured.p99_ms,
                    "; ".join((*parts, f"V {measured.rate_per_s / measured.ratio_to_v:,.0f}/s")),
                )
            )
    return figures


def line(figure: Figure) -> str:
    times = "" if figure.p50_ms is None else f"p50 {figure.p50_ms:.2f} ms, p99 {figure.p99_ms:.2f} ms"
    rates = f"{figure.rate_per_s:>9,.0f}/s {figure.ratio_to_v:>6.2f} V"
    return f"{figure.work:<24} {rates}  {times:<32} {figure.conditions}"


def note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
