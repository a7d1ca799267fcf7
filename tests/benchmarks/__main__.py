"""`python -m tests.benchmarks [names]`: ours and LangGraph side by side, against our targets.

Leaves with 1 when a target is missed. LangGraph's SQLite saver is langgraph-checkpoint-sqlite.
"""

from __future__ import annotations

import sys

from tests.benchmarks.measure import Row, table
from tests.benchmarks.works import WORKS


def main(names: list[str]) -> int:
    unknown = sorted(set(names) - WORKS.keys())
    if unknown:
        sys.exit(f"no benchmark {unknown[0]!r}; there are: {', '.join(WORKS)}")
    rows: list[Row] = []
    for name in names or WORKS:
        print(f"... {name}", file=sys.stderr, flush=True)
        rows += WORKS[name]()
    print(table(rows))
    missed = [row.work for row in rows if row.reached is False]
    print(f"missed: {'; '.join(missed) or 'nothing'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
