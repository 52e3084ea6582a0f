"""From configuration and promises to the page; its words have a golden test of their own."""

from allmende.app.privacy import privacy_page
from allmende.config import Config
from allmende.config.sections import Backup, Database, Systems


def test_what_is_off_is_not_spoken_of() -> None:
    every = {kind.name for kind in privacy_page(Config()).kinds}
    fewer = {
        kind.name for kind in privacy_page(Config(systems=Systems(chat=False, pads=False))).kinds
    }
    assert every - fewer == {
        "messages",
        "contacts",
        "personal",
        "app-rooms",
        "app-data",
        "uploads",
        "pads",
    }


def test_the_disk_is_described_as_it_is() -> None:
    def said(config: Config) -> list[str]:
        return [message_id for message_id, _ in privacy_page(config).disk]

    assert said(Config()) == ["desk.disk-key-file", "desk.disk-no-backups"]
    assert said(Config(key_mode="sealed"))[0] == "desk.disk-sealed"
    postgres = Config(database=Database(url_file="/etc/url"), key_mode="sealed")
    assert said(postgres)[0] == "desk.disk-postgres"
    assert said(Config(backup=Backup(recipients=("age1x",))))[1] == "desk.disk-backups"
    silent = Config(backup=Backup(recipients=("age1x",), nightly=False))
    assert said(silent)[1] == "desk.disk-no-backups"
