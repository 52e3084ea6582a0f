import pytest

from allmende.protocols.sdp.model import Format, Section


@pytest.mark.parametrize(
    ("fmtp", "apt"),
    [
        ("apt=96", 96),
        ("rtx-time=3000; apt=97", 97),
        ("", None),
        ("apt=x", None),
        ("apt=9999", None),
        ("xapt=96", None),
        ("apt=\u0669", None),
    ],
)
def test_the_repaired_payload_type_is_read_from_fmtp(fmtp: str, apt: int | None) -> None:
    assert Format(payload_type=97, name="rtx", clock_hz=90000, fmtp=fmtp).apt == apt


@pytest.mark.parametrize(
    ("port", "bundle_only", "rejected"),
    [(9, False, False), (0, False, True), (0, True, False), (9, True, False)],
)
def test_port_zero_means_no_unless_bundled(port: int, bundle_only: bool, rejected: bool) -> None:
    section = Section(kind="audio", mid="0", port=port, bundle_only=bundle_only)
    assert section.rejected is rejected
