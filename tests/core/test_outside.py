from allmende.core.outside import NameRecord, OpenPort, Outside


def test_a_system_may_need_nothing_of_the_world() -> None:
    assert (Outside().records, Outside().ports) == ((), ())
    some = Outside(records=[NameRecord("a.", "A", "x")], ports=[OpenPort("TCP", 1, "y")])
    assert some.records[0].kind == "A"
    assert some.ports[0].number == 1
