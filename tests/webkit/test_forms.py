import asyncio

import pytest
from starlette.responses import PlainTextResponse, Response

from allmende.core.errors import Conflict, InvalidInput, ProofNeeded, Unavailable
from allmende.webkit.forms import Refusal, or_again


def answer(error: Exception | None) -> Response:
    async def work() -> Response:
        if error is not None:
            raise error
        return PlainTextResponse("done")

    def again(refusal: Refusal, status: int) -> Response:
        return PlainTextResponse(f"{refusal.field}: {refusal.text}", status)

    def translate(message_id: str, **values: object) -> str:
        return f"<{message_id}> {values}"

    return asyncio.run(or_again(work, again, translate))


def test_a_form_that_fits_is_answered() -> None:
    assert answer(None).body == b"done"


def test_a_refused_form_comes_back_with_the_sentence_beside_its_field() -> None:
    refused = answer(InvalidInput("account.name-taken", field="name"))
    assert refused.status_code == 400
    assert refused.body == b"name: <account.name-taken> {'field': 'name'}"
    assert answer(Conflict("group.changed")).body == b": <group.changed> {}"


def test_a_proof_is_asked_for_on_a_page_of_its_own() -> None:
    with pytest.raises(ProofNeeded):
        answer(ProofNeeded("web.refused"))


def test_what_the_person_cannot_mend_is_an_error_page() -> None:
    with pytest.raises(Unavailable):
        answer(Unavailable("web.refused"))
