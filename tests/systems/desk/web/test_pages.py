"""What holds for every page and every form of desk."""

import re

import pytest

from allmende.webkit.i18n import Catalogues
from tests.identity.town import GOOD
from tests.systems.desk.hall import Hall, Visitor
from tests.webkit.house import LOCALE

LANGUAGES = ("de", "en")


def every_page(hall: Hall) -> list[str]:
    """One address of each page, with something on it."""
    mara, juno = hall.town.person("mara"), hall.town.person("juno")
    group = hall.town.group(mara, member=juno)
    room = hall.town.run(hall.identity.group_page(mara, group.slug)).rooms[0]
    code = hall.town.run(hall.identity.make_invite(mara, group.id))
    operator_code = hall.town.run(hall.identity.make_operator_invite())
    slug, token = hall.opened()
    reset = hall.town.run(hall.identity.reset("juno"))
    return [
        "/",
        "/imprint",
        "/privacy",
        "/signin",
        f"/signin/{reset}",
        "/me",
        "/me?done=password",
        "/groups",
        f"/g/{group.slug}",
        f"/g/{group.slug}/invites/{code}",
        f"/i/{code}",
        f"/i/{operator_code}",
        f"/r/{slug}/started?g={token}",
        f"/r/{room.slug}/settings",
    ]


def signed_in(hall: Hall, language: str) -> Visitor:
    visitor = hall.visitor(language)
    visitor.post("/signin", name="mara", password=GOOD)
    return visitor


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_whole_in_every_language_for_members_and_strangers(
    hall: Hall, language: str
) -> None:
    paths = every_page(hall)
    member, stranger = signed_in(hall, language), hall.visitor(language)
    for path in paths:
        page = member.get(path)
        assert f'<html lang="{language}">' in page
        assert page.count("<h1") == 1, path
        assert not re.search(r"desk\.[a-z]|identity\.[a-z]|\{[a-z_]+\}", page), path
        assert stranger.browser.get(path).status_code in (200, 401, 404), path


@pytest.mark.slow
def test_no_page_has_scripts_or_styles_of_its_own_or_asks_others(hall: Hall) -> None:
    paths = every_page(hall)
    member = signed_in(hall, "de")
    for path in paths:
        page = member.get(path)
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page), path
        assert not re.search(r"<script(?![^>]*\ssrc=)", page), path
        assert not re.search(r'(?:src|href)="(?:https?:)?//', page), path
        assert len(set(re.findall(r'\sid="([^"]+)"', page))) == len(
            re.findall(r'\sid="([^"]+)"', page)
        ), path


def test_no_form_is_taken_without_its_ticket_or_from_another_site(hall: Hall) -> None:
    visitor = signed_in_as(hall)
    posts = [route.path for route in hall.routes if "POST" in (route.methods or ())]
    assert len(posts) > 15
    for path in posts:
        path = re.sub(r"\{[a-z_]+:id\}", "1", re.sub(r"\{[a-z_]+\}", "abcdefghjkmn", path))
        assert visitor.browser.post(path, data={}).status_code in (400, 403), path
        forged = visitor.browser.post(path, data={}, headers={"sec-fetch-site": "cross-site"})
        assert forged.status_code == 403, path


def signed_in_as(hall: Hall) -> Visitor:
    return hall.member("mara")[0]


def test_both_languages_say_everything() -> None:
    catalogues = Catalogues.load(LOCALE)
    german, english = (set(catalogues.catalogue(code).systems["desk"]) for code in LANGUAGES)
    assert german == english
