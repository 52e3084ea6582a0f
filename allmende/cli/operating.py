"""What the operator asks about the house itself."""

import click

from allmende.config.example import example


@click.group("config")
def config() -> None:
    """Help with allmende.toml."""


@config.command("example")
def config_example() -> None:
    """Print allmende.toml with every key, its default and what it means."""
    click.echo(example(), nl=False)
