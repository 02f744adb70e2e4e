"""Edits of a table as Streamlit's data editor reports them: by the position of a row in the table
that it was given."""

from __future__ import annotations

from typing import Any

Edits = dict[str, Any]
"""``edited_rows``: cells by row, ``added_rows``: cells of new rows, ``deleted_rows``: rows."""


def is_empty(edits: Edits) -> bool:
    return not any(edits.get(name) for name in ("edited_rows", "added_rows", "deleted_rows"))


def join(first: Edits, second: Edits, rows: int) -> Edits:
    """Joins two sets of edits. ``first`` was made in a table of this many ``rows``, and ``second``
    in its result."""
    edited = {int(row): dict(cells) for row, cells in first.get("edited_rows", {}).items()}
    added = [dict(cells) for cells in first.get("added_rows", [])]
    deleted = {int(row) for row in first.get("deleted_rows", [])}
    # The rows of the second table: those left of the first one, then those that were added to it.
    kept = [row for row in range(rows) if row not in deleted]

    for position, cells in second.get("edited_rows", {}).items():
        index = int(position)
        if index < len(kept):
            edited.setdefault(kept[index], {}).update(cells)
        elif index - len(kept) < len(added):
            added[index - len(kept)].update(cells)

    gone: set[int] = set()
    for position in second.get("deleted_rows", []):
        index = int(position)
        if index < len(kept):
            deleted.add(kept[index])
        else:
            gone.add(index - len(kept))
    added = [cells for index, cells in enumerate(added) if index not in gone]
    return {
        "edited_rows": {str(row): cells for row, cells in edited.items() if row not in deleted},
        "added_rows": added + list(second.get("added_rows", [])),
        "deleted_rows": sorted(deleted),
    }
