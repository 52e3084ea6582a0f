"""Turns what went wrong on purpose into sentences; loaded when something did."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from allmende.cli.demo.stage import DemoImpossible
from allmende.config import ConfigRefused
from allmende.core.errors import AllmendeError
from allmende.transports.asgi import CannotListen
from allmende.transports.tasks import TaskFailed
from allmende.transports.tls import CertificateRefused
from allmende.webkit.assets import AssetsMissing
from allmende.webkit.i18n import Catalogues, MissingText

_LOCALE: Final = Path(__file__).parents[1] / "locale"
_LANGUAGE: Final = "en"
_SENTENCES: Final = (
    ConfigRefused, CannotListen, CertificateRefused, AssetsMissing, DemoImpossible,
)  # fmt: skip


def sentences_of(failure: BaseException) -> Sequence[str]:
    """Return what to tell the operator of each failure; nothing if one of them is a bug."""
    sentences = [sentence_of(one) for one in _single(failure)]
    return [] if None in sentences else [sentence for sentence in sentences if sentence]


def sentence_of(failure: BaseException) -> str | None:
    """Return what to tell the operator; None for a bug, which deserves its traceback."""
    if isinstance(failure, _SENTENCES):
        return str(failure)
    if isinstance(failure, TaskFailed):
        return f"The server ended because its part {failure} failed; its log says where."
    if isinstance(failure, AllmendeError):
        try:
            texts = Catalogues.load(_LOCALE)
            return texts.text(_LANGUAGE, failure.message_id, **failure.values)
        except MissingText:
            return str(failure)
    return None


def _single(failure: BaseException) -> Iterator[BaseException]:
    if isinstance(failure, BaseExceptionGroup):
        for inner in failure.exceptions:
            yield from _single(inner)
    else:
        yield failure
