"""Runs the benchmarks: `python -m bench [--only NAME] [--json] [--report]`; status 1 where a floor is missed."""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from bench import (
    beside,
    loading,
    many_sites,
    night,
    orchestrated,
    orders,
    other_loaders,
    packet_to_facts,
    reconcile,
    regulation,
    small_packets,
    validation,
)
from bench.figures import Figure, Plan

BENCHMARKS: dict[str, Callable[[Plan], list[Figure]]] = {
    "packet_to_facts": packet_to_facts.run,
    "validation": validation.run,
    "loading": loading.run,
    "beside": beside.run,
    "other_loaders": other_loaders.run,
    "small_packets": small_packets.run,
    "many_sites": many_sites.run,
    "night": night.run,
    "orders": orders.run,
    "orchestrated": orchestrated.run,
    "regulation": regulation.run,
    "reconcile": reconcile.run,
}
LARGE: dict[str, Callable[[Plan], list[Figure]]] = {"beside_large": beside.run_large}
"""Take an hour; run where they are named."""
Results = dict[str, list[Figure]]


def main() -> int:
    asked = _arguments()
    table = sys.stderr if asked.json else sys.stdout
    plan = Plan(Path(), asked.pairs, asked.share)
    wanted = [name for name in asked.only or BENCHMARKS if name not in asked.without]
    results = {name: _run(name, plan, table) for name in wanted}
    if asked.json:
        print(
            json.dumps(
                {name: [_as_json(figure) for figure in figures] for name, figures in results.items()},
                indent=2,
                ensure_ascii=False,
            )
        )
    missed = [f"{name}: {figure.name}" for name, figures in results.items() for figure in figures if figure.missed]
    for each in missed:
        print(f"floor missed — {each}", file=sys.stderr)
    return 1 if missed and not asked.report else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Benchmarks as ratios, each with its floor.")
    parser.add_argument(
        "--only", action="append", choices=[*BENCHMARKS, *LARGE], help="this benchmark; may be repeated"
    )
    parser.add_argument("--without", action="append", default=[], choices=[*BENCHMARKS], help="not this one")
    parser.add_argument("--json", action="store_true", help="figures as JSON on standard output, the table on error")
    parser.add_argument("--report", action="store_true", help="status 0 even where a floor is missed")
    parser.add_argument("--pairs", type=int, default=3, help="interleaved runs of ours and the baseline")
    parser.add_argument("--share", type=float, default=1.0, help="of the full size: to try the machinery, not to judge")
    return parser.parse_args()


def _run(name: str, plan: Plan, table: TextIO) -> list[Figure]:
    print(f"\n{name}", file=table, flush=True)
    with tempfile.TemporaryDirectory(prefix="obmen-bench-") as folder:
        began = time.perf_counter()
        figures = (BENCHMARKS | LARGE)[name](replace(plan, folder=Path(folder)))
        took = time.perf_counter() - began
    for figure in figures:
        print(_line(figure), file=table, flush=True)
    print(f"  took {took:.0f} s", file=table, flush=True)
    return figures


def _line(figure: Figure) -> str:
    verdict = "" if figure.floor is None else f"   floor {figure.floor}  {'MISSED' if figure.missed else 'held'}"
    return f"  {figure.name:<58} {figure.value:>10.2f} {figure.unit:<6}{verdict}".rstrip()


def _as_json(figure: Figure) -> dict[str, object]:
    floor = {} if figure.floor is None else {"floor": str(figure.floor), "held": not figure.missed}
    return {"name": figure.name, "value": round(figure.value, 4), "unit": figure.unit, **floor}


if __name__ == "__main__":
    raise SystemExit(main())
