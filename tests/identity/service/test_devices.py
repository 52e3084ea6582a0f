"""Names of devices, and ending the others."""

import pytest

from allmende.core.accounts import STRANGER, Caller
from allmende.core.errors import InvalidInput, NotFound, NotSignedIn
from tests.identity.town import Town


def test_a_session_and_a_passkey_get_names_of_their_own(town: Town) -> None:
    mara = town.operator("mara")
    town.run(town.identity.rename_session(mara, town.session(mara), "  Küche "))
    (shown,) = town.run(town.identity.sessions(mara))
    assert (shown.label, shown.name) == ("", "Küche")
    (passkey,) = town.run(town.identity.passkeys(mara))
    assert passkey.label == "identity.plant-fern"
    town.run(town.identity.rename_passkey(mara, passkey.id, "fern"))
    (passkey,) = town.run(town.identity.passkeys(mara))
    assert (passkey.label, passkey.name) == ("", "fern")


def test_nobody_names_the_devices_of_others(town: Town) -> None:
    mara, juno = town.operator("mara"), town.person("juno")
    (passkey,) = town.run(town.identity.passkeys(mara))
    with pytest.raises(NotFound, match="no-such-session"):
        town.run(town.identity.rename_session(juno, town.session(mara), "x"))
    with pytest.raises(NotFound, match="no-such-passkey"):
        town.run(town.identity.rename_passkey(juno, passkey.id, "x"))
    for name in ("", " ", "\u202e"):
        with pytest.raises(InvalidInput) as refused:
            town.run(town.identity.rename_session(mara, town.session(mara), name))
        assert refused.value.values["field"] == "label"


def test_all_others_end_at_once_and_this_one_stays(town: Town) -> None:
    mara = town.person("mara")
    others = [town.sign_in("mara") for _ in range(3)]
    town.run(town.identity.caller(others[0].token, None))
    town.run(town.identity.end_other_devices(mara))
    for other in others:
        assert town.run(town.identity.caller(other.token, None)) == STRANGER
    assert [one.current for one in town.run(town.identity.sessions(mara))] == [True]
    told = [name.rpartition(".")[2] for name in town.told()[-5:]]
    assert told == ["SessionRevoked"] * 3 + ["CredentialRevoked", "CertificateRevoked"]
    with pytest.raises(NotSignedIn):
        town.run(town.identity.end_other_devices(Caller(mara.account_id)))
