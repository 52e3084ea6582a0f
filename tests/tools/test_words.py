from pathlib import Path

from tools.words import forbidden, wrong_names, wrong_texts

PAGE = """
| en | de | never in texts | never in names |
| --- | --- | --- | --- |
| account | Konto | user, Nutzer | username |
| lobby | Vorraum | - | antechamber |

| word | meaning |
| --- | --- |
| leg | the media end |
"""


def test_the_table_says_what_nobody_says() -> None:
    assert forbidden(PAGE, "texts") == {"user": "account", "nutzer": "account"}
    assert forbidden(PAGE, "names") == {"username": "account", "antechamber": "lobby"}


def test_names_of_the_code_are_looked_at_word_by_word() -> None:
    text = "class Antechamber:\n    username: str\n\ndef ask(the_username): ...\nusernames = 1\n"
    found = list(wrong_names(Path("a.py"), text, forbidden(PAGE, "names")))
    assert sorted(found) == [
        "a.py:1: Antechamber says antechamber, not lobby",
        "a.py:2: username says username, not account",
        "a.py:4: the_username says username, not account",
    ]


def test_texts_for_people_are_looked_at() -> None:
    text = 'msgid "web.user"\nmsgstr "Every user has one."\n"Nutzer"\n# user\n'
    found = list(wrong_texts(Path("a.po"), text, forbidden(PAGE, "texts")))
    assert found == ["a.po:2: user, not account", "a.po:3: Nutzer, not account"]
