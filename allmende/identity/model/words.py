"""Words instead of characters: six for an invite, five for a password.

Two lists of our own with 2,048 words each, German and English; no two words of a list begin with
the same four letters. A number stands for one word in each list, so that an invite can be read
aloud in either language.
"""

import re
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from allmende.core.errors import InvalidInput

LIST_WORDS: Final = 2048
_WORD_BITS: Final = 11
INVITE_WORDS: Final = 6
"""66 bits; few tries an hour stand behind them."""
PASSWORD_WORDS: Final = 5
"""55 bits; behind them stands a slow hash."""

BEGINNING_CHARS: Final = 4
MAX_TYPED_CHARS: Final = 200
_MAX_WORD_CHARS: Final = 12
_MOST_APART: Final = 3
_FOLDER: Final = Path(__file__).with_name("wordlists")
_LANGUAGES: Final = ("de", "en")
_BETWEEN: Final = re.compile(r"[\s,+_\u2013-]+")

# The code of a link may hold hyphens; six words with hyphens between them are longer.
_CODE: Final = re.compile(r"[A-Za-z0-9_-]{22}")

_AROUND: Final = " \t\r\n.,;:!\"'"
_FEWEST: Final = 4
"""Fewer are a name, an address or a sentence."""

Numbers = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class WordList:
    """The words of one language, by number, by spelling and by their first four letters."""

    words: Sequence[str]
    numbers: Mapping[str, int]
    beginnings: Mapping[str, int]

    def number(self, typed: str) -> int | None:
        """Return the number of a word; its first four letters are enough, if no others follow."""
        found = self.numbers.get(typed)
        if found is not None or len(typed) < BEGINNING_CHARS:
            return found
        found = self.beginnings.get(typed[:BEGINNING_CHARS])
        return found if found is not None and self.words[found].startswith(typed) else None


@dataclass(frozen=True, slots=True)
class SixWords:
    """The words of an invite, in the language of whoever looks."""

    numbers: Numbers
    lists: Mapping[str, WordList]

    def text(self, language: str) -> str:
        """Return the words in a language, in English if there is no list of it."""
        known = self.lists.get(language, self.lists["en"])
        return " ".join(known.words[number] for number in self.numbers)


class Words:
    """Both lists, and what people type."""

    def __init__(self) -> None:
        self.lists = {language: read_list(language) for language in _LANGUAGES}

    def six(self, numbers: Numbers) -> SixWords:
        """Return words to be shown."""
        return SixWords(numbers, self.lists)

    def proposal(self, language: str) -> str:
        """Return five random words as a password that somebody may take."""
        known = self.lists.get(language, self.lists["en"])
        return " ".join(secrets.choice(known.words) for _ in range(PASSWORD_WORDS))

    def readings(self, typed: str) -> Sequence[Numbers]:
        """Return what six typed words may stand for: nothing if these are not words at all.

        Raises InvalidInput ``code``: ``identity.words-count`` for another number of words,
        ``identity.word-unknown`` with the ``word`` and the nearest ``proposal``.
        """
        words = typed_words(typed)
        if not words:
            return ()
        if len(words) != INVITE_WORDS:
            raise InvalidInput("identity.words-count", field="code", n=len(words))
        known = {name: [of.number(word) for word in words] for name, of in self.lists.items()}
        whole = [_whole(numbers) for numbers in known.values() if None not in numbers]
        if not whole:
            self._refuse(words, known)
        return whole

    def _refuse(self, words: Sequence[str], known: Mapping[str, Sequence[int | None]]) -> None:
        """Raise InvalidInput with the first word that is in neither list, or not in this one."""
        missed = Counter({name: sum(n is not None for n in found) for name, found in known.items()})
        language, _ = missed.most_common(1)[0]
        numbers, of = known[language], self.lists[language]
        spelt = [
            of.words[number] if number is not None else nearest(word, of.words)
            for word, number in zip(words, numbers, strict=True)
        ]
        wrong = next(word for word, n in zip(words, numbers, strict=True) if n is None)
        if None in spelt:
            raise InvalidInput("identity.word-unknown", field="code", word=wrong)
        proposal = " ".join(filter(None, spelt))
        raise InvalidInput("identity.word-mistyped", field="code", word=wrong, proposal=proposal)


def read_list(language: str) -> WordList:
    """Read the words of a language."""
    words = tuple((_FOLDER / f"{language}.txt").read_text("ascii").split())
    numbers = {word: number for number, word in enumerate(words)}
    beginnings = {word[:BEGINNING_CHARS]: number for number, word in enumerate(words)}
    return WordList(words, numbers, beginnings)


def typed_words(typed: str) -> Sequence[str]:
    """Return the words of what was typed in small letters; nothing if it is no row of words."""
    if len(typed) > MAX_TYPED_CHARS or _CODE.fullmatch(typed.strip()):
        return ()
    words = [word for word in _BETWEEN.split(typed.strip(_AROUND).lower()) if word]
    short = any(not word.isalpha() or len(word) > _MAX_WORD_CHARS for word in words)
    return () if len(words) < _FEWEST or short else words


def numbers_of(digest: bytes) -> Numbers:
    """Return six numbers of 11 bits from the beginning of a digest."""
    bits = int.from_bytes(digest[:9], "big")
    return tuple((bits >> (_WORD_BITS * place)) % LIST_WORDS for place in range(INVITE_WORDS))


def nearest(typed: str, words: Sequence[str]) -> str | None:
    """Return the word that ``typed`` was probably meant to be, None if there is none near.

    Looks at words that share the beginning or the end, so that it takes few milliseconds.
    """
    near = [
        (distance(typed, word), word)
        for word in words
        if abs(len(word) - len(typed)) < _MOST_APART
        and (word[0] == typed[0] or word[1] == typed[1:2] or word[-2:] == typed[-2:])
    ]
    best = min(near, default=(_MOST_APART + 1, ""))
    return best[1] if best[0] <= _MOST_APART else None


def distance(one: str, other: str) -> int:
    """Return how many letters to add, drop, change or swap with a neighbour make one the other.

    The restricted Damerau-Levenshtein distance.
    """
    before: list[int] = []
    above = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        here = [row]
        for column, wanted in enumerate(other, 1):
            best = min(
                above[column] + 1, here[column - 1] + 1, above[column - 1] + (letter != wanted)
            )
            swapped = row > 1 and column > 1 and letter == other[column - 2]
            if swapped and one[row - 2] == wanted:
                best = min(best, before[column - 2] + 1)
            here.append(best)
        before, above = above, here
    return above[-1]


def _whole(numbers: Sequence[int | None]) -> Numbers:
    return tuple(number for number in numbers if number is not None)
