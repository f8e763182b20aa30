"""The scripts of static/ without a page: Node.js runs them in a window that has what a test gives it."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import not_here

EVALUATE = Path(__file__).parent / "evaluate.mjs"


@dataclass(frozen=True)
class Window:
    """Scripts, and what they find when they run; each evaluation is in a window of its own."""

    node: str
    scripts: tuple[str, ...]
    given: dict[str, Any] = field(default_factory=dict)
    """Globals, such as ``navigator``."""
    texts: dict[str, Any] = field(default_factory=dict)
    """What the page's elements with JSON say, by their ids."""

    def evaluate(self, source: str, argument: object = None) -> Any:
        """Return what a function in JavaScript makes of an argument."""
        asked = {"source": source, "argument": argument, "scripts": self.scripts}
        asked |= {"given": self.given, "texts": self.texts}
        command = [self.node, str(EVALUATE)]
        done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr)
        return json.loads(done.stdout)


@pytest.fixture(scope="session")
def node() -> str:
    """The machine's own Node.js."""
    return shutil.which("node") or not_here("no Node.js on this machine to run the scripts with: install nodejs")


@pytest.fixture(scope="session")
def device(node: str) -> Window:
    """A window with the engine."""
    return Window(node, ("finder/engine.js",))
