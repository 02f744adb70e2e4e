"""A Python process that writes beside Node processes on one store: test/replicas/languages.test.ts starts them all."""

from __future__ import annotations

import os
import unittest

from persist_session.service.address import Address
from persist_session.service.client import Client
from persist_session.testing.browser import _use

from .apps import fine, page, press, runs_at_once
from .test_service import ASSERTIONS, RealBrowser
from .waiting import together

SCRIPT = """
import os

@persist("beside")
class Beside:
    def __init__(self):
        self.count = 0
        self.twin = 0
state = Beside()
me = st.text_input("me")
def add(draft):
    if draft.count != draft.twin:
        raise RuntimeError(f"torn: {draft.count}, {draft.twin}")
    draft.count += 1
    draft.twin = draft.count
if st.button("go"):
    for at in range(int(os.environ["PERSIST_TEST_TIMES"])):
        update(state, add)
        setattr(state, me, at + 1)
        commit()
"""
TABS = 2


@unittest.skipUnless(ASSERTIONS and "PERSIST_TEST_TIMES" in os.environ, "needs a state service")
class BesideNode(unittest.TestCase):
    def test_every_increment_counts(self) -> None:
        client = Client(Address.from_environment())
        self.addCleanup(client.close)
        with runs_at_once(), _use(RealBrowser(client, ASSERTIONS[0])):
            tabs = [page(SCRIPT) for _ in range(TABS)]
            for index, tab in enumerate(tabs):
                tab.default_timeout = 60
                fine(tab.text_input[0].set_value(f"python{index}").run())
            together([lambda tab=tab: fine(press(tab, "go")) for tab in tabs])


if __name__ == "__main__":
    unittest.main()
