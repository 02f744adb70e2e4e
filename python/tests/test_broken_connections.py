"""The binding while its connection to the state service breaks again and again: test/gateway/service-cuts.test.ts cuts it."""

from __future__ import annotations

import unittest

from persist_session.service.address import Address
from persist_session.service.client import Client
from persist_session.testing.browser import _use

from .apps import click, error, fine, page, press, runs_at_once, text
from .test_service import ASSERTIONS, RealBrowser
from .waiting import together

SCRIPT = """
@persist("cut")
class Cut:
    def __init__(self):
        self.exact = 0
        self.mine = {}
        self.log = []
state = Cut()
me = st.text_input("me")
def add(draft):
    draft.exact += 1
if st.button("exact"):
    update(state, add)
if st.button("assign"):
    setattr(state, me, getattr(state, me, 0) + 1)
    for at in range(5):
        setattr(state, f"{me}_{at}", getattr(state, me))
if st.button("append"):
    key = f"{me}_list"
    if not hasattr(state, key):
        setattr(state, key, [])
    getattr(state, key).append(len(getattr(state, key)))
st.write(repr({k: v for k, v in sorted(vars(state).items())}))
"""
ROUNDS = 8
TABS = 3


@unittest.skipUnless(ASSERTIONS, "needs a state service")
class BrokenConnections(unittest.TestCase):
    def setUp(self) -> None:
        self.client = Client(Address.from_environment())
        self.addCleanup(self.client.close)

    def test_nothing_is_lost_and_nothing_counts_twice(self) -> None:
        counted = [0] * TABS
        unknown = [0] * TABS

        def work(index: int) -> None:
            tab = tabs[index]
            for _ in range(ROUNDS):
                press(tab, "exact")
                if tab.exception:
                    self.assertIn("ERR_OUTCOME_UNKNOWN", error(tab))
                    unknown[index] += 1
                    fine(tab.run())
                else:
                    counted[index] += 1
                click(tab, "assign")
                click(tab, "append")

        with runs_at_once(), _use(RealBrowser(self.client, ASSERTIONS[0])):
            tabs = [page(SCRIPT) for _ in range(TABS)]
            for index, tab in enumerate(tabs):
                fine(tab.text_input[0].set_value(f"tab{index}").run())
            together([lambda index=index: work(index) for index in range(TABS)])
            found = eval(text(page(SCRIPT)))
        self.assertGreaterEqual(found["exact"], sum(counted))
        self.assertLessEqual(found["exact"], sum(counted) + sum(unknown))
        for index in range(TABS):
            me = f"tab{index}"
            self.assertEqual(found[me], ROUNDS)
            self.assertEqual([found[f"{me}_{at}"] for at in range(5)], [ROUNDS] * 5)
            self.assertEqual(found[f"{me}_list"], list(range(ROUNDS)))


if __name__ == "__main__":
    unittest.main()
