"""A browser that a test gives to its apps."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..codec import Namespace, decode_attribute
from ..session import drop_all_of
from ..streamlit import install
from ..state import DEFAULT_MARK, forget_keys, forget_warnings
from . import active
from .memory_link import MemoryLink
from .memory_service import MemoryService


class Browser:
    """One visitor's browser. Every AppTest that runs while it is active is one of its tabs.

    `test_session()` gives the first one, and `other()` another visitor's.

    ```python
    from persist_session.testing import test_session
    from streamlit.testing.v1 import AppTest

    def app():
        import streamlit as st
        from persist_session import persist

        @persist("cart")
        class Cart:
            def __init__(self):
                self.items = []

        cart = Cart()
        if st.button("Add tea"):
            cart.items.append("tea")
        st.text(f"{len(cart.items)} items")

    with test_session() as browser:
        AppTest.from_function(app).run().button[0].click().run()
        print(browser.stored("cart"))  # {'items': ['tea']}
        with browser.other() as other:
            print(AppTest.from_function(app).run().text[0].value)  # 0 items
            print(other.stored("cart"))  # None
    ```

    Args:
        service: The store that the browser's states are kept in.
        session: The id of the browser's session. Default: a new one.
    """

    def __init__(self, service: MemoryService, session: str | None = None) -> None:
        self.service = service
        self.session = session if session is not None else str(uuid.uuid4())
        self.link = MemoryLink(service)

    def header(self) -> str:
        """The gateway's assertion for a new tab."""
        return json.dumps({"s": self.session, "t": str(uuid.uuid4())})

    def stored(self, key: str) -> dict[str, Any] | None:
        """What is stored for this browser under the key of a class.

        Args:
            key: The key of the class: "cart" for ``@persist("cart")``.

        Returns:
            The attributes by name; None if nothing is stored. Values of the app's own classes come
            as `Opaque`. Attributes that have the class's default again are left out.
        """
        record = self.service.records.get((f"b:{self.session}", key))
        if record is None:
            return None
        namespace = Namespace("test", {})
        return {name: decode_attribute(blob, namespace) for name, (_, blob) in record.cells.items() if blob not in (None, DEFAULT_MARK)}

    @contextmanager
    def other(self) -> Iterator[Browser]:
        """Another visitor's browser, active within the block, on the same store.

        Returns:
            A context manager that gives the browser.
        """
        with _use(Browser(self.service)) as browser:
            yield browser


@contextmanager
def _use(browser: Browser) -> Iterator[Browser]:
    install()
    active.enter(browser)
    try:
        yield browser
    finally:
        active.leave(browser)
        drop_all_of(browser)


@contextmanager
def test_session() -> Iterator[Browser]:
    """A browser and an empty store in memory, for `streamlit.testing.v1.AppTest`.

    Needs no gateway and no Node. What the tests of other blocks have stored is not seen, and the
    keys of the apps' classes are free again at the end of the block.

    ```python
    from persist_session.testing import test_session
    from streamlit.testing.v1 import AppTest

    def app():
        import streamlit as st
        from persist_session import persist

        @persist("cart")
        class Cart:
            def __init__(self):
                self.items = []

        cart = Cart()
        if st.button("Add tea"):
            cart.items.append("tea")
        st.text(f"{len(cart.items)} items")

    with test_session():
        AppTest.from_function(app).run().button[0].click().run()
        reloaded = AppTest.from_function(app).run()  # the same browser
        print(reloaded.text[0].value)  # 1 items
    ```

    Returns:
        A context manager that gives the `Browser`, active within the block.
    """
    try:
        with _use(Browser(MemoryService())) as browser:
            yield browser
    finally:
        forget_keys()
        forget_warnings()


# pytest would take an imported function of this name for a test.
test_session.__test__ = False  # type: ignore[attr-defined]
