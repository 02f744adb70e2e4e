"""What of each value keep stores, how large it may be, and that it comes back equal."""

from __future__ import annotations

import unittest
import warnings
from typing import Any

from hypothesis import HealthCheck, given, settings
from streamlit.runtime.state.session_state import SessionState

from persist_session import PersistError
from persist_session.codec import Namespace
from persist_session.streamlit.kept.encoded import KEY, Encoder, Unkept, least_bytes
from persist_session.streamlit.kept.gather import Gathered
from persist_session.streamlit.kept.namespace import AppNamespace
from persist_session.streamlit.kept.restored import fill
from persist_session.streamlit.kept.settings import KeepSettings

from . import accepted
from .exact import account
from .keeping import HERE, install_keep
from .test_accepted import EXAMPLES, frames, values

setUpModule = install_keep
NAMESPACE = AppNamespace([vars(accepted)], HERE)


class Unusual:
    """Not a dataclass."""

    def __init__(self, number: int) -> None:
        self.number = number


class Sizes(unittest.TestCase):
    def test_a_large_frame_is_refused_before_it_is_encoded(self) -> None:
        import numpy as np
        import pandas as pd

        frame = pd.DataFrame({"a": np.zeros(1_300_000)})
        self.assertGreater(least_bytes(frame), 1 << 20)
        with self.assertRaises(Unkept):
            Encoder(KeepSettings()).encode(Gathered({"frame": frame}), Namespace("t", {}))

    def test_what_is_estimated_is_never_more_than_what_is_stored(self) -> None:
        import numpy as np
        import pandas as pd
        import polars as pl

        for value in (
            pd.DataFrame({"a": [True] * 100_000}),
            pd.DataFrame({"a": pd.Categorical(["x"] * 100_000)}),
            pd.Series(["x"] * 100_000),
            pl.DataFrame({"a": [True] * 100_000, "b": ["x"] * 100_000}),
            np.zeros(100_000),
            "x" * 1000,
            [{"a": 1, "b": None}] * 1000,
            [{"a": at, "b": "text"} for at in range(5000)],
            [[1, 2]] * 1000,
            list("abc" * 1000),
            [0] * 100_000,
            {*range(1000)},
        ):
            ((_, one),) = Encoder(KeepSettings(1 << 30)).encode(Gathered({"v": value}), Namespace("t", {})).items()
            self.assertLessEqual(least_bytes(value), one.size)

    def test_a_list_that_grows_above_the_bound_is_not_encoded_each_time(self) -> None:
        rows = [{"id": at} for at in range(300_000)]
        encoder = Encoder(KeepSettings())
        for _ in range(3):
            with self.assertRaises(Unkept):
                encoder.encode(Gathered({"rows": rows}), Namespace("t", {}))
            rows.append({"id": 0})
        del rows[10:]
        self.assertEqual(list(encoder.encode(Gathered({"rows": rows}), Namespace("t", {}))), [KEY + "rows"])

    def test_uploads_are_never_stored_not_even_as_pickle(self) -> None:
        from streamlit.proto.Common_pb2 import FileURLs
        from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

        upload = UploadedFile(UploadedFileRec("id", "a.txt", "text/plain", b"content"), FileURLs())
        for settings_ in (KeepSettings(), KeepSettings(allow_pickle=True)):
            for value in (upload, [upload], {"a": upload}):
                with self.assertRaises(Unkept):
                    Encoder(settings_).encode(Gathered({"file": value}), Namespace("t", {}))

    def test_pickle_only_where_it_is_allowed(self) -> None:
        from persist_session.streamlit.kept.pending import Pending

        value = {"what": Unusual(3)}
        with self.assertRaises(Unkept):
            Encoder(KeepSettings()).encode(Gathered({"v": value}), NAMESPACE)
        allowed = KeepSettings(allow_pickle=True)
        ((name, one),) = Encoder(allowed).encode(Gathered({"v": value}), NAMESPACE).items()
        assert one.content is not None
        self.assertEqual(one.content[:1], b"P")
        state = SessionState()
        with self.assertRaises(PersistError):
            fill(state, {name: one.content}, HERE, KeepSettings())
        self.assertEqual(state._old_state, {})
        fill(state, {name: one.content}, HERE, allowed)
        # Nothing of it runs before the script asks for it.
        self.assertIs(type(state._old_state["v"]), Pending)
        self.assertEqual(state["v"]["what"].number, 3)

    def test_the_same_text_is_not_encoded_again(self) -> None:
        text = "x" * 100_000
        encoder = Encoder(KeepSettings())
        first = encoder.encode(Gathered({"v": text}), Namespace("t", {}))[KEY + "v"]
        second = encoder.encode(Gathered({"v": text}), Namespace("t", {}))[KEY + "v"]
        self.assertIsNone(second.content)
        self.assertEqual(first.fingerprint, second.fingerprint)
        whole = encoder.encode(Gathered({"v": text}), Namespace("t", {}), all_anew=True)[KEY + "v"]
        self.assertEqual(whole.content, first.content)

    def test_settings(self) -> None:
        self.assertIsNone(KeepSettings.from_environment({}))
        self.assertIsNone(KeepSettings.from_environment({"PERSIST_SESSION_KEEP": "off"}))
        self.assertEqual(KeepSettings.from_environment({"PERSIST_SESSION_KEEP": "on"}), KeepSettings(1 << 20, False))
        given = {"PERSIST_SESSION_KEEP": "1", "PERSIST_SESSION_KEEP_MAX": "4m", "PERSIST_SESSION_ALLOW_PICKLE": "on"}
        self.assertEqual(KeepSettings.from_environment(given), KeepSettings(4 << 20, True))


class Property(unittest.TestCase):
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    @given(values)
    def test_kept_values_equal_what_was_there(self, value: Any) -> None:
        self.check_value(value)

    @settings(max_examples=EXAMPLES // 3, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    @given(frames())
    def test_kept_frames_equal_what_was_there(self, value: Any) -> None:
        self.check_value(value)

    def check_value(self, value: Any) -> None:
        given = KeepSettings(1 << 24)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                found = Encoder(given).encode(Gathered({"k": value}), NAMESPACE)
            except Unkept:
                return
            state = SessionState()
            fill(state, {name: one.content or b"" for name, one in found.items()}, HERE, given)
            # Moved as before a run, then read as by the script.
            state._compact_state()
            self.assertEqual(account(state["k"]), account(value))


if __name__ == "__main__":
    unittest.main()
