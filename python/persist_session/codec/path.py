"""Where in a value something stands, as an author would write it: `todos[3].owner`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

Step = str | int
_NAME = re.compile(r"[^\W\d]\w*\Z")


def show_path(attribute: str, steps: Sequence[Step]) -> str:
    """`steps` are names of properties or keys (str), places in a list (int), or text in brackets as
    `<key 2>`."""
    shown = [attribute]
    for step in steps:
        if isinstance(step, int):
            shown.append(f"[{step}]")
        elif _NAME.match(step):
            shown.append(f".{step}")
        elif step.startswith("<"):
            shown.append(f"[{step}]")
        else:
            shown.append(f"[{json.dumps(step, ensure_ascii=False)}]")
    return "".join(shown)
