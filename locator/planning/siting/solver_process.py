"""Aside: a large program solved in a process of its own, which ends in time whatever the solver is at.

What HiGHS does before its search (setting up, finding symmetries) it does to its end, past any time limit. Small
programs are through with it at once and are solved here.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from threading import Timer
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_array

from locator.geo.geodesy import FloatArray
from locator.geo.index import IntArray
from locator.planning.siting import programs
from locator.planning.siting.covering import Cover
from locator.planning.siting.programs import Outcome

LARGE: Final = 60_000
"""From so many pairs of a row and a column on a program is solved aside."""
GRACE_S: Final = 0.3
"""So long after its time the solver may still hand over what it has."""


def solve(
    cover: Cover, n: int | None, needs: FloatArray, start: IntArray | None, deadline: float, *, whole: bool
) -> Outcome:
    """Solve an integer program as `programs.solve` does, and be back soon after the deadline.

    Parameters
    ----------
    deadline
        The `time.monotonic` at which to stop.
    cover, n, needs, start, whole
        As in `programs.solve`.

    Returns
    -------
    Outcome
        Nothing found and nothing proven where the process had to be ended.
    """
    if cover.rows.nnz < LARGE:
        return programs.solve(cover, n, needs, start, deadline - time.monotonic(), whole=whole)
    question = {
        "indices": cover.rows.indices,
        "ends": cover.rows.indptr,
        "weight": cover.weight,
        "group": cover.group,
        "numbers": cover.numbers,
        "needs": needs,
        "deadline": deadline,
        "whole": whole,
    }
    question |= {} if n is None else {"n": n}
    question |= {} if start is None else {"start": start}
    answer = _ask(_packed(question), deadline + 2 * GRACE_S - time.monotonic())
    if not answer:
        return Outcome(None, -np.inf if n is None else np.inf, is_solved=False, is_infeasible=False)
    found = _unpacked(answer)
    return Outcome(
        found.get("chosen"), float(found["bound"]), bool(found["is_solved"]), bool(found["is_infeasible"])
    )


def _ask(question: bytes, patience_s: float) -> bytes:
    """Hand a question to another process; nothing where no answer came in time."""
    # Modules are found where this process finds them: never in the folder in which somebody happens to stand.
    program = (
        f"import sys; sys.path[:] = {sys.path!r}; from locator.planning.siting.solver_process import main; main()"
    )
    try:
        return subprocess.run(  # noqa: S603 - our own words
            [sys.executable, "-P", "-c", program],
            input=question,
            stdout=subprocess.PIPE,
            timeout=max(patience_s, GRACE_S),
            check=False,
        ).stdout
    except subprocess.TimeoutExpired:
        return b""


def _answer(question: bytes) -> bytes:
    """Solve what the other process asks."""
    asked = _unpacked(question)
    deadline = float(asked["deadline"])
    # Whatever the solver is at by then, and whoever still waits for it.
    watch = Timer(max(deadline + GRACE_S - time.monotonic(), 0.0), os._exit, [1])
    watch.daemon = True
    watch.start()
    rows = csr_array((np.ones(len(asked["indices"])), asked["indices"], asked["ends"]), shape=_shape(asked))
    cover = Cover(rows, rows.T.tocsr(), asked["weight"], asked["group"], asked["numbers"])
    n, left_s = (int(asked["n"]) if "n" in asked else None), deadline - time.monotonic()
    found = programs.solve(cover, n, asked["needs"], asked.get("start"), left_s, whole=bool(asked["whole"]))
    told = {"bound": found.bound, "is_solved": found.is_solved, "is_infeasible": found.is_infeasible}
    return _packed(told if found.chosen is None else told | {"chosen": found.chosen})


def _shape(asked: dict[str, Any]) -> tuple[int, int]:
    return len(asked["weight"]), len(asked["numbers"])


def _packed(values: dict[str, Any]) -> bytes:
    made = io.BytesIO()
    np.savez(made, allow_pickle=False, **values)
    return made.getvalue()


def _unpacked(packed: bytes) -> dict[str, Any]:
    with np.load(io.BytesIO(packed), allow_pickle=False) as values:
        return dict(values)


def main() -> None:
    """Answer on standard output, in a process of its own; nothing else is to write there, be it native code."""
    out = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    answer = _answer(sys.stdin.buffer.read())
    with os.fdopen(out, "wb") as pipe:
        pipe.write(answer)
