"""What the page on privacy is made of: the promises of all stores, and the configuration."""

from allmende.app.work import PROMISES
from allmende.config import Config
from allmende.systems.desk.model.privacy import Privacy, Promise, Setting, privacy_of


def privacy_page(config: Config) -> Privacy:
    """Return what this server keeps, for people."""
    promises = [
        Promise(kept.table.name, kept.days, kept.at_most) for kept in PROMISES if not kept.ended_by
    ]
    switches = {name: getattr(config.systems, name) for name in config.systems.__struct_fields__}
    setting = Setting(
        systems={name for name, is_on in switches.items() if is_on},
        chat_days=config.chat.retention_d,
        chat_most_days=config.chat.max_retention_d,
        sealed=config.key_mode == "sealed",
        postgres=bool(config.database.url or config.database.url_file),
        backups=bool(config.backup.recipients) and config.backup.nightly,
    )
    return privacy_of(promises, setting)
