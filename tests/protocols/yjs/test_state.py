import pycrdt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.protocols.yjs.state import read_state_vector, write_state_vector
from allmende.protocols.yjs.varint import Malformed

CLOCKS = st.dictionaries(st.integers(0, 2**53 - 1), st.integers(0, 2**31 - 1), max_size=20)


@pytest.mark.slow
@given(CLOCKS)
def test_a_state_vector_comes_back(clocks: dict[int, int]) -> None:
    assert read_state_vector(write_state_vector(clocks)) == clocks


def test_what_pycrdt_says_it_knows_is_read() -> None:
    doc: pycrdt.Doc[pycrdt.Text] = pycrdt.Doc(client_id=7)
    text = doc.get("body", type=pycrdt.Text)
    text += "eins"
    assert read_state_vector(doc.get_state()) == {7: 4}
    assert write_state_vector({7: 4}) == doc.get_state()


@pytest.mark.parametrize("data", ["", "01", "0105", "02050105", "0205010501", "000100"])
def test_a_bad_state_vector_is_refused(data: str) -> None:
    with pytest.raises(Malformed):
        read_state_vector(bytes.fromhex(data))
