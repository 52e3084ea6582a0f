from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.config import Config, ConfigRefused, load_config


def written(folder: Path, text: str) -> Path:
    file = folder / "allmende.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_a_file_everything_has_its_default() -> None:
    assert load_config(None, {}) == Config()


def test_a_file_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, 'domain = "example.org"\n[media]\nudp_port = 9000'), {})
    assert config.domain == "example.org"
    assert config.media.udp_port == 9000
    assert config.media.tcp_port == Config().media.tcp_port


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[media]\nudp_prot = 1", "media.udp_prot in allmende.toml. Did you mean media.udp_port?"),
        ("[meida]\nudp_port = 1", "Unknown key meida in allmende.toml. Did you mean media?"),
        ("zzz = 1", "Unknown key zzz in allmende.toml."),
        ("[media]\nudp_port = 70000", "media.udp_port: expected `int` <= 65535."),
        ('[media]\nudp_port = "x"', "media.udp_port: expected `int`, got `str`."),
        ("media = 3", "media: expected `object`, got `int`."),
        ("domain = ", "is not TOML"),
        ('[tls]\nmode = "on"', "tls.mode: invalid enum value 'on'."),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigRefused) as refused:
        load_config(written(tmp_path, text), {})
    assert sentence in str(refused.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigRefused, match="cannot be read"):
        load_config(tmp_path / "none.toml", {})


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "allmende.toml"
    file.write_bytes(b"domain = '\xff'")
    with pytest.raises(ConfigRefused, match="is not TOML"):
        load_config(file, {})


def test_variables_win_over_the_file_and_overrides_over_both(tmp_path: Path) -> None:
    file = written(tmp_path, "[web]\nport = 1\n[media]\nudp_port = 1")
    environ = {
        "ALLMENDE__WEB__PORT": "2",
        "ALLMENDE__MEDIA__UDP_PORT": "2",
        "ALLMENDE__WEB__LISTEN": '["127.0.0.1"]',
        "ALLMENDE__DOMAIN": "123",
        "ALLMENDE__MEET__OPEN_ROOMS": "false",
        "PATH": "x",
    }
    config = load_config(file, environ, {"web.port": 3})
    assert (config.web.port, config.media.udp_port) == (3, 2)
    assert config.web.listen == ("127.0.0.1",)
    assert config.domain == "123"
    assert config.meet.open_rooms is False


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("ALLMENDE__MEDIA__PORT", "1", "Unknown key media.port in the variable"),
        ("ALLMENDE__MEDIA__UDP_PORT", "many", "media.udp_port: expected `int`, got `str`."),
        ("ALLMENDE__MEDIA__UDP_PORT", '"\n', "holds no value"),
        ("ALLMENDE__DOMAIN__X", "1", "domain: expected `str`"),
    ],
)
def test_a_wrong_variable_is_refused(name: str, value: str, sentence: str) -> None:
    with pytest.raises(ConfigRefused, match=sentence):
        load_config(None, {name: value})


def test_a_variable_cannot_turn_a_value_into_a_section(tmp_path: Path) -> None:
    file = written(tmp_path, 'web = "x"')
    with pytest.raises(ConfigRefused, match="web is a section, not a value"):
        load_config(file, {"ALLMENDE__WEB__PORT": "1"})


def test_a_secret_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://a@/b\n", encoding="utf-8")
    text = f'[database]\nurl_file = "{tmp_path}/url"'
    assert load_config(written(tmp_path, text), {}).database.url == "postgresql://a@/b"


def test_a_secret_is_given_once_and_must_be_readable(tmp_path: Path) -> None:
    with pytest.raises(ConfigRefused, match="both given"):
        load_config(written(tmp_path, '[database]\nurl = "x"\nurl_file = "y"'), {})
    with pytest.raises(ConfigRefused, match="url_file cannot be read"):
        load_config(written(tmp_path, f'[database]\nurl_file = "{tmp_path}/none"'), {})


@given(st.binary(max_size=200))
def test_any_file_gives_a_configuration_or_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_bytes(content)
    try:
        load_config(file, {})
    except ConfigRefused as refused:
        sentence = str(refused)
    else:
        sentence = "."
    assert sentence.endswith((".", "?"))


def test_a_word_to_choose_that_looks_like_a_number_stays_a_word() -> None:
    config = load_config(None, {"ALLMENDE__TLS__MINIMUM": "1.2", "ALLMENDE__TLS__MODE": "own"})
    assert (config.tls.minimum, config.tls.mode) == ("1.2", "own")
