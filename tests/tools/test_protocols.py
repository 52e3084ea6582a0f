import pytest

from tools.protocols import cited_in, page, problems

GOOD = {
    "id": "RFC 3550",
    "status": "partial",
    "where": ["allmende/core"],
    "proof": ["tests/core"],
    "deviation": "no mixers",
}
CITED = {"RFC 3550": {"allmende/core/clock.py"}}


def test_citations_are_found_in_the_code() -> None:
    assert cited_in("# RFC 3550, 6.4.1 and XEP-0045; RFC3711") == {
        "RFC 3550", "XEP-0045", "RFC 3711",
    }  # fmt: skip


def test_a_document_that_is_cited_and_proven_is_good() -> None:
    assert list(problems([GOOD], CITED)) == []


@pytest.mark.parametrize(
    ("change", "cited", "sentence"),
    [
        ({}, {**CITED, "RFC 1": {"allmende/core/ids.py"}}, "RFC 1 is cited in allmende/core/ids"),
        ({"status": "maybe"}, CITED, "status maybe is none of"),
        ({}, {}, "nothing below allmende/core cites it"),
        ({"where": []}, CITED, "nothing below where cites it"),
        ({"proof": []}, CITED, "no proof"),
        ({"proof": ["tests/none"]}, CITED, "tests/none does not exist"),
        ({"deviation": ""}, CITED, "partial without a deviation"),
    ],
)
def test_what_is_wrong_is_said(
    change: dict[str, object], cited: dict[str, set[str]], sentence: str
) -> None:
    found = list(problems([{**GOOD, **change}], cited))
    assert any(sentence in line for line in found), found


def test_what_comes_later_needs_no_proof() -> None:
    assert list(problems([{"id": "RFC 3550", "status": "later"}], CITED)) == []


def test_the_page_is_a_table() -> None:
    assert "| RFC 3550  | partial | allmende/core | tests/core | no mixers |" in page([GOOD])
