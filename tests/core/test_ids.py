from allmende.core.ids import MAX_ID


def test_the_largest_id_is_what_both_databases_hold() -> None:
    assert MAX_ID == 2**63 - 1
