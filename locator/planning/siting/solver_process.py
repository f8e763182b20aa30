"""Large integer programs solved in a separate process, which is ended when the time is over.

HiGHS does not check its time limit while it sets up a program and looks for symmetries. For small programs that
takes no time, and they are solved in this process.
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
"""Programs with at least this many pairs of a row and a column are solved in a separate process."""
GRACE_S: Final = 0.3
"""How long after the deadline the solver may still hand over its best solution."""


def solve(
    cover: Cover, n: int | None, needs: FloatArray, start: IntArray | None, deadline: float, *, whole: bool
) -> Outcome:
    """Solve an integer program as `programs.solve` does, and be back soon after the deadline.

    Parameters
    ----------
    cover, n, needs, start, whole
        As in `programs.solve`.
    deadline
        The `time.monotonic` at which to stop. If the process has to be ended, the outcome is empty: no choice and
        no bound.
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
    values = _unpacked(answer)
    return Outcome(
        values.get("chosen"), float(values["bound"]), bool(values["is_solved"]), bool(values["is_infeasible"])
    )


def _ask(question: bytes, patience_s: float) -> bytes:
    """Solve in another process; return nothing if it took too long."""
    # The same search path as here, so that no module is imported from the current folder.
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
    """Solve the program that the parent process sent."""
    problem = _unpacked(question)
    deadline = float(problem["deadline"])
    # The solver may not return in time, so the process ends itself.
    watch = Timer(max(deadline + GRACE_S - time.monotonic(), 0.0), os._exit, [1])
    watch.daemon = True
    watch.start()
    entries = np.ones(len(problem["indices"])), problem["indices"], problem["ends"]
    rows = csr_array(entries, shape=(len(problem["weight"]), len(problem["numbers"])))
    cover = Cover(rows, rows.T.tocsr(), problem["weight"], problem["group"], problem["numbers"])
    n, left_s = (int(problem["n"]) if "n" in problem else None), deadline - time.monotonic()
    outcome = programs.solve(
        cover, n, problem["needs"], problem.get("start"), left_s, whole=bool(problem["whole"])
    )
    values = {"bound": outcome.bound, "is_solved": outcome.is_solved, "is_infeasible": outcome.is_infeasible}
    return _packed(values if outcome.chosen is None else values | {"chosen": outcome.chosen})


def _packed(values: dict[str, Any]) -> bytes:
    made = io.BytesIO()
    np.savez(made, allow_pickle=False, **values)
    return made.getvalue()


def _unpacked(packed: bytes) -> dict[str, Any]:
    with np.load(io.BytesIO(packed), allow_pickle=False) as values:
        return dict(values)


def main() -> None:
    """Write the answer to standard output, with native code's own output redirected to the null device."""
    out = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    answer = _answer(sys.stdin.buffer.read())
    with os.fdopen(out, "wb") as pipe:
        pipe.write(answer)
