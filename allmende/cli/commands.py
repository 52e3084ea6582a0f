"""Which commands there are: each is loaded when it is typed, and refused in words."""

import copy
import gc
import importlib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from allmende.core.late import Late

if TYPE_CHECKING:
    from allmende.cli import refusals
else:
    refusals = Late("allmende.cli.refusals")

_OF_CLICK: Final = (click.exceptions.Exit, click.Abort, click.ClickException)


class Commands(click.Group):
    """``places``: for each command ``module:name``. ``homeless`` ones take no folder.

    What goes wrong on purpose is one sentence and exit code 1, without a traceback.
    """

    def __init__(
        self,
        *args: Any,
        places: Mapping[str, str] | None = None,
        homeless: Collection[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._places = dict(places or {})
        self._homeless = frozenset(homeless)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted({*self._places, *self.commands})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, loaded and with the options that all have."""
        place = self._places.get(cmd_name)
        if place is None:
            return super().get_command(ctx, cmd_name)
        module, _, name = place.partition(":")
        with _uncollected():
            command: click.Command = getattr(importlib.import_module(module), name)
        return command if cmd_name in self._homeless else placed(command)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except _OF_CLICK:
            raise
        except (Exception, BaseExceptionGroup) as failure:
            sentences = refusals.sentences_of(failure)
            if not sentences:
                raise
            click.echo("\n".join(sentences), err=True)
            ctx.exit(1)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Load without looking for garbage: what a module makes stays, and there is a lot of it."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def placed(command: click.Command) -> click.Command:
    """Return a copy of ``command`` that takes ``--data`` and ``--config``, as all below it do.

    What was given is remembered in the ``obj`` of the outermost context, an ``Operator``.
    """
    command = copy.copy(command)
    if isinstance(command, click.Group):
        command.commands = {name: placed(below) for name, below in command.commands.items()}
    else:
        command.params = [*command.params, *_place_options()]
    return command


def _place_options() -> list[click.Parameter]:
    def remember(key: str) -> Callable[[click.Context, click.Parameter, Path | None], None]:
        def callback(context: click.Context, _: click.Parameter, value: Path | None) -> None:
            operator = context.find_root().obj
            if operator is not None and value is not None:
                setattr(operator, key, value)

        return callback

    folder = click.Path(file_okay=False, path_type=Path)
    file = click.Path(dir_okay=False, path_type=Path)
    return [
        click.Option(
            ["--data", "data_folder"], type=folder, expose_value=False, callback=remember("data"),
            metavar="DIR", help="Folder of the server.",
        ),
        click.Option(
            ["--config", "config_file"], type=file, expose_value=False, callback=remember("file"),
            metavar="FILE", help="The configuration, allmende.toml.",
        ),
    ]  # fmt: skip
