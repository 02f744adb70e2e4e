"""Data editors after a reload. The page cannot be told about edits, so it gets the edited table
instead."""

from __future__ import annotations

import json
import logging
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

from .current import current_session_id
from .edits import Edits, is_empty, join
from .marks import Mark

_LOG = logging.getLogger("persist_session")


@dataclass
class Editor:
    """An editor whose page shows ``base`` as part of the table and knows only what was edited since
    the reload."""

    base: Edits
    rows: int = 0
    """Of the table without the edits."""

    def deserializer(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Gives the app all edits together, with no trace of the reload."""

        def deserialize(ui_value: str | None, *args: Any) -> Any:
            since = {} if ui_value is None else json.loads(ui_value)
            return original(json.dumps(join(self.base, since, self.rows)), *args)

        return deserialize


class Editors:
    """The editors that have been reloaded, by session and widget."""

    def __init__(self) -> None:
        self.shown = False
        """Whether edits can be applied to the table that the page gets. If not, none may be
        joined."""
        self._sessions: dict[str, tuple[weakref.ref[Any], dict[str, Editor]]] = {}

    def prepare(self, state: Any, metadata: Any, mark: Mark | None) -> Any:
        """Called for each widget at its registration. Gives the metadata to register it with.

        :param mark: set if the page does not know the earlier edits
        """
        if not self.shown or (mark is None and not self._sessions):
            return metadata
        if type(getattr(metadata.deserializer, "__self__", None)).__name__ != "DataEditorSerde":
            return metadata
        session_id = current_session_id()
        if session_id is None:
            return metadata
        if mark is not None:
            self._remember(session_id, mark, metadata, state._old_state[metadata.id])
        editors = self._of(session_id)
        if metadata.id not in state._old_state and metadata.id not in state._new_widget_state:
            # The app has discarded the edits.
            editors.pop(metadata.id, None)
        editor = editors.get(metadata.id)
        if editor is None:
            return metadata
        return replace(metadata, deserializer=editor.deserializer(metadata.deserializer))

    def base_of(self, session_id: str, widget_id: str) -> Edits | None:
        """The edits that the page of a session does not report, because its table has them; and the
        number of its rows."""
        editor = self._of(session_id).get(widget_id)
        return None if editor is None else {**editor.base, "rows": editor.rows}

    def adopt(self, session_id: str, session: Any, widget_id: str, base: Edits) -> None:
        """A page continues with another session. Its table has these edits, and it reports only
        later ones."""
        edits, rows = dict(base), base.get("rows")
        edits.pop("rows", None)
        if self.shown and isinstance(rows, int) and not is_empty(edits):
            self._sessions.setdefault(session_id, (weakref.ref(session), {}))[1][widget_id] = Editor(edits, rows)

    def find(self, widget_id: str) -> Editor | None:
        session_id = current_session_id() if self._sessions else None
        return None if session_id is None else self._of(session_id).get(widget_id)

    def _remember(self, session_id: str, mark: Mark, metadata: Any, value: Any) -> None:
        self._sessions = {key: entry for key, entry in self._sessions.items() if entry[0]() is not None}
        editors = self._sessions.setdefault(session_id, (mark.session, {}))[1]
        base = json.loads(metadata.serializer(value))
        if is_empty(base):
            editors.pop(metadata.id, None)
        elif metadata.id not in editors or editors[metadata.id].base != base:
            editors[metadata.id] = Editor(base)

    def _of(self, session_id: str) -> dict[str, Editor]:
        entry = self._sessions.get(session_id)
        return {} if entry is None else entry[1]


def install_editors(editors: Editors) -> None:
    """Applies the edits to the table that is sent to the page."""
    from streamlit import dataframe_util
    from streamlit.delta_generator import DeltaGenerator
    from streamlit.elements.lib.column_config_utils import determine_dataframe_schema
    from streamlit.elements.widgets import data_editor

    apply, serde = data_editor._apply_dataframe_edits, data_editor.DataEditorSerde
    encode = dataframe_util.convert_pandas_df_to_arrow_bytes
    enqueue: Any = DeltaGenerator._enqueue

    def edited(table: bytes, editor: Editor) -> bytes:
        import pyarrow as pa

        arrow = pa.ipc.open_stream(table).read_all()
        frame = arrow.to_pandas()
        editor.rows = len(frame)
        state = serde().deserialize(json.dumps(editor.base))
        # Older versions change the frame itself.
        result = apply(frame, state, determine_dataframe_schema(frame, arrow.schema))
        return encode(frame if result is None else result)

    @wraps(enqueue)
    def _enqueue(self: Any, delta_type: str, element_proto: Any, *args: Any, **kwargs: Any) -> Any:
        if delta_type in ("dataframe", "arrow_data_frame"):
            editor = editors.find(element_proto.id)
            if editor is not None:
                place = getattr(element_proto, "arrow_data", element_proto)
                try:
                    place.data = edited(place.data, editor)
                except Exception:
                    _LOG.exception("persist-session: a table is shown without the edits made before the reload.")
        return enqueue(self, delta_type, element_proto, *args, **kwargs)

    DeltaGenerator._enqueue = _enqueue  # type: ignore[method-assign]
    editors.shown = True
