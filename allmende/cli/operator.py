"""What every command is handed: where the server is, and a way to its database."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from allmende.cli.asking import keys_of_running, passphrase_for
from allmende.config import Config, load_config, places_of
from allmende.storage.database import Database
from allmende.storage.folder import lock_folder
from allmende.storage.opening import open_database
from allmende.storage.upgrade import upgrade
from allmende.storage.vault import HouseKeys, Sealed, key_path, load_keys
from allmende.transports.running import find_running

T = TypeVar("T")

_USUAL_FILE: Final = Path("allmende.toml")


class Operator:
    """``data`` and ``file`` as given on the command line; the rest follows from them."""

    def __init__(self) -> None:
        self.data: Path | None = None
        self.file: Path | None = None

    def config_file(self) -> Path | None:
        """Return the file that was named, or ``allmende.toml`` here if there is one."""
        if self.file is None and _USUAL_FILE.exists():
            return _USUAL_FILE
        return self.file

    def overrides(self, **more: Any) -> dict[str, Any]:
        """Return what the command line says about the configuration."""
        given = {"data": str(self.data) if self.data is not None else None, **more}
        return {key: value for key, value in given.items() if value is not None}

    def config(self, **more: Any) -> Config:
        """Return the configuration. Raises ConfigRefused."""
        return load_config(self.config_file(), os.environ, self.overrides(**more))

    def run(self, work: Callable[[Database], Awaitable[T]]) -> T:
        """Open the database, also beside a running server, and do ``work`` with it."""
        config = self.config()
        data, keys = Path(config.data), self.keys(config)
        if find_running(data) is None:
            with lock_folder(data):
                upgrade(config.database.url, data, keys)

        async def opened() -> T:
            async with open_database(config.database.url, data, keys=keys) as database:
                return await work(database)

        return asyncio.run(opened())

    def keys(self, config: Config) -> HouseKeys:
        """Return what opens database and blobs; it is made if nothing is there yet.

        A sealed key is given by the running server, or opened with a passphrase: that of the file
        ``ALLMENDE_PASSPHRASE_FILE``, or typed. Raises Sealed where nobody can be asked.
        """
        data = Path(config.data)
        file = key_path(data, config.key_file)
        try:
            return load_keys(file, mode=config.key_mode, data=data)
        except Sealed:
            known = keys_of_running(data)
        if known is not None:
            return known
        return load_keys(file, mode=config.key_mode, data=data, passphrase=passphrase_for(file))

    def address(self, path: str) -> str:
        """Return the whole address of a page of this server, like ``https://.../i/CODE``."""
        config = self.config()
        running = find_running(Path(config.data))
        if running is not None:
            return running.url + path
        return places_of(config).url(config, config.web.port) + path
