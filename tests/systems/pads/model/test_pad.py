"""Capabilities are an order."""

from itertools import product

from allmende.systems.pads.model.pad import Capability


def test_each_capability_allows_itself_and_all_below() -> None:
    order = list(Capability)
    assert order == ["read", "edit", "admin"]
    for has, wanted in product(order, order):
        assert has.allows(wanted) == (order.index(has) >= order.index(wanted))
