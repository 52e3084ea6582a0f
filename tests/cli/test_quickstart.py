"""From a name to a configuration: what is asked, written, printed, and never overwritten."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from allmende.app.doctor.situation import Situation
from allmende.cli import main, quickstart
from allmende.cli.quickstart import checked, waited
from allmende.config import Config, ConfigRefused, Media, Tls, load_config, places_of
from allmende.transports.names import Kind, Value
from tests.app.doctor.wounds import NAME, FakeResolver, FixedClock


def started(folder: Path, *arguments: str, typed: str = "") -> Result:
    file = ["--config", str(folder / "allmende.toml")]
    return CliRunner().invoke(main, ["quickstart", *arguments, *file], input=typed)


def config_in(folder: Path) -> Config:
    return load_config(folder / "allmende.toml", {})


def test_with_a_name_nothing_is_asked(tmp_path: Path) -> None:
    answer = started(tmp_path, "Example.ORG.", "--contact", "us@example.org")
    assert answer.exit_code == 0
    config = config_in(tmp_path)
    assert (config.domain, config.key_mode) == (NAME, "key-file")
    assert (config.web.port, config.acme.contact) == (443, "us@example.org")
    assert places_of(config).encryption == "acme"
    assert config.data == str(tmp_path / "data")


def test_records_ports_and_the_next_commands_are_printed(tmp_path: Path) -> None:
    said = started(tmp_path, NAME).output
    for part in (
        '0 issue "letsencrypt.org; validationmethods=http-01"',
        "TCP 80 ",
        "TCP 443 ",
        "UDP 7882 ",
        "allmende backup key",
        "allmende serve",
        "allmende service",
        "allmende check",
        "The name example.org stays",
    ):
        assert part in said, part
    assert "allmende unlock" not in said


def test_without_a_name_two_questions_are_asked_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quickstart, "_is_terminal", lambda: True)
    answer = started(tmp_path, typed="example.org\nsealed\n")
    assert answer.exit_code == 0
    assert config_in(tmp_path).key_mode == "sealed"
    assert "protects thrown-away disks" in answer.output
    steps = ("allmende key seal", "allmende backup key", "allmende serve", "allmende unlock")
    places = [answer.output.find(step) for step in steps]
    assert -1 not in places
    assert places == sorted(places), "without a sealed key it would not start"


def test_a_file_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    started(tmp_path, NAME, "--key-mode", "sealed")
    before = (tmp_path / "allmende.toml").read_bytes()
    again = started(tmp_path, NAME)
    assert again.exit_code == 0
    assert "stays as it is" in again.output
    assert "TCP 443" in again.output
    other = started(tmp_path, "example.net")
    assert other.exit_code == 1
    assert "is for example.org already" in other.output
    assert (tmp_path / "allmende.toml").read_bytes() == before


def test_behind_another_server_it_encrypts_nothing(tmp_path: Path) -> None:
    assert started(tmp_path, NAME, "--proxy").exit_code == 0
    config = config_in(tmp_path)
    assert places_of(config).encryption == "proxy"
    assert places_of(config).listen == ("127.0.0.1",)
    assert config.web.public_url == "https://example.org"


@pytest.mark.parametrize(("name", "mode"), [("192.0.2.7", "own"), ("localhost", "off")])
def test_for_a_try_an_address_or_this_machine_will_do(tmp_path: Path, name: str, mode: str) -> None:
    assert started(tmp_path, name).exit_code == 0
    assert places_of(config_in(tmp_path)).encryption == mode


@pytest.mark.parametrize(
    "name", ["example", "https://example.org", "a b.org", "-x.org", "x." * 200 + "org", ""]
)
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ConfigRefused, match="is no name of a server"):
        checked(name)


def test_it_waits_until_the_name_leads_here(tmp_path: Path) -> None:
    slept: list[float] = []
    known: dict[tuple[str, Kind], Sequence[Value]] = {}
    here = Situation(
        config=Config(
            domain=NAME,
            data=str(tmp_path),
            tls=Tls(mode="acme"),
            media=Media(public_addresses=("203.0.113.7",)),
        ),
        data=tmp_path,
        clock=FixedClock(datetime.now(UTC)),
        resolver=FakeResolver(known=known),
    )

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2:
            known[NAME, Kind.A] = ["203.0.113.7"]

    asyncio.run(waited(here, sleep))
    assert slept == [10.0, 10.0]
