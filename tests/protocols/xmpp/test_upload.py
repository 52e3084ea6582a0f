"""What is asked of a host of files, and what it answers."""

import pytest

from allmende.protocols.xml.tree import parse, write
from allmende.protocols.xmpp import forms, upload
from allmende.protocols.xmpp.errors import StanzaError
from allmende.protocols.xmpp.names import CLIENT
from allmende.protocols.xmpp.upload import Wanted

PUT, GET = "https://files.x.example/a?v=1", "https://files.x.example/a"


def asked(attributes: str) -> Wanted:
    return upload.read(parse(f"<request xmlns='urn:xmpp:http:upload:0' {attributes}/>".encode()))


def test_a_place_is_asked_for_by_name_size_and_type() -> None:
    found = asked("filename='très cool.jpg' size='23456' content-type='image/jpeg'")
    assert found == Wanted("très cool.jpg", 23456, "image/jpeg")
    assert asked("filename='a' size='1'") == Wanted("a", 1)


@pytest.mark.parametrize(
    "attributes",
    ["", "filename='a'", "size='1'", "filename='' size='1'", "filename='a' size='0'",
     "filename='a' size='-1'", "filename='a' size='x'", "filename='a' size='1.5'",
     "filename='a' size='²'", "filename='a' size='9999999999999999'"],
)  # fmt: skip
def test_what_says_no_name_or_no_size_is_refused(attributes: str) -> None:
    with pytest.raises(StanzaError, match="bad-request"):
        asked(attributes)


def test_a_place_is_two_addresses_and_what_to_send_along() -> None:
    assert write(upload.slot(PUT, GET)).decode() == (
        f"<slot xmlns='urn:xmpp:http:upload:0'><put url='{PUT}'/><get url='{GET}'/></slot>"
    )
    with_header = write(upload.slot(PUT, GET, {"Authorization": "Bearer x"})).decode()
    assert "<header name='Authorization'>Bearer x</header>" in with_header
    with pytest.raises(ValueError, match="leave out"):
        upload.slot(PUT, GET, {"Content-Length": "1"})


def test_errors_say_how_large_a_file_may_be_and_when_there_is_place() -> None:
    large = write(upload.too_large(20_000, "zu groß").element(CLIENT)).decode()
    assert "<file-too-large xmlns='urn:xmpp:http:upload:0'>" in large
    assert "<max-file-size>20000</max-file-size>" in large
    assert "code='406'" in large
    later = upload.later("2026-11-24T20:00:00Z").element(CLIENT)
    assert later.get("type") == "wait"
    assert "stamp='2026-11-24T20:00:00Z'" in write(later).decode()


def test_the_limit_is_a_form() -> None:
    form = forms.read(upload.limits(20_000))
    assert (form.kind, form.form_type) == ("result", upload.UPLOAD)
    assert form.values()["max-file-size"] == ("20000",)
