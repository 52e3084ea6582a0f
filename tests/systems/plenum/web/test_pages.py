"""The page of an assembly as somebody without scripts uses it."""

import html
import re

import pytest

from allmende.core.ports.conference import FLOOR_ATTRIBUTE, HAND_ATTRIBUTE
from allmende.systems.plenum.service.watching import call_of
from tests.systems.plenum.street import Street

AGENDA = "1. Runde (15 min, Info)\n2. Umzug (30 min, Entscheidung, Ana)\n"
REFRESH = '<noscript><meta http-equiv="refresh" content="10"></noscript>'


def text_of(page: str) -> str:
    """What can be read, with single blanks."""
    body = page.partition('<main id="main"')[2]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_nothing_open_facilitators_hold_or_plan_and_others_are_told(street: Street) -> None:
    page = street.facilitator().get(street.page).text
    assert "Plenum öffnen" in page
    assert f'formaction="{street.page}/plan"' in page
    assert "1. Runde und Berichte (15 min, Info)" in page
    assert REFRESH not in page
    others = street.guest("Rabe").get(street.page).text
    assert "Gerade ist kein Plenum offen." in others
    assert "Plenum öffnen" not in others


def test_a_whole_assembly_is_held_by_forms_alone(street: Street) -> None:
    fay, raven = street.facilitator(), street.guest("Rabe")
    made = street.form(fay, "open", title="Plenum Garten", agenda=AGENDA)
    assert (made.status_code, made.headers["location"]) == (303, street.page)
    street.form(fay, "start")
    street.form(fay, "next")
    street.hall.clock.turn(minutes=16)
    shown = text_of(raven.get(street.page).text)
    assert "Plenum Garten" in shown
    assert "1. Runde Info , 15 Minuten läuft seit 16 Minuten" in shown.replace("Info,", "Info ,")
    assert "Voraussichtlich bis 21:46." in shown
    assert "Nächster Punkt" not in shown
    street.form(fay, "extend", item=1, minutes=5)
    street.form(fay, "next", after=1)
    street.form(fay, "pause")
    assert "Pause" in text_of(raven.get(street.page).text)
    street.form(fay, "resume")
    street.form(fay, "close")
    street.hall.write()
    shown = text_of(raven.get(street.page).text)
    assert "Das Plenum ist zu Ende. Es endete um 21:16." in shown
    assert "1. Runde (geplant 15 min, ab 21:00)" in shown


def test_mumble_is_offered_beside_the_browser_also_without_scripts(street: Street) -> None:
    page = street.guest("Rabe").get(street.page).text
    found = re.search(r' mumble="(mumble://[^"]+)" mumble-code', page)
    assert found is not None
    assert f'<a href="{found[1]}">In Mumble öffnen</a>' in page
    assert "@v.example:64738/?title=" in found[1]


def test_the_page_loads_itself_anew_but_not_while_somebody_types(street: Street) -> None:
    fay = street.facilitator()
    street.form(fay, "open", agenda=AGENDA)
    assert REFRESH in fay.get(street.page).text
    assert REFRESH not in fay.get(f"{street.page}?edit=1").text
    refused = street.form(fay, "add", title="x" * 201, minutes=5)
    assert refused.status_code == 400
    assert REFRESH not in refused.text
    assert "x" * 201 in refused.text
    assert "Es gehen 200 Zeichen." in refused.text


def test_the_agenda_is_edited_by_forms_and_taken_along_as_text(street: Street) -> None:
    fay = street.facilitator()
    street.form(fay, "plan", title="Später", agenda=AGENDA)
    edited = street.form(fay, "add", title="Kasse", minutes=5, kind="break", note="eins\r\nzwei")
    assert edited.headers["location"] == f"{street.page}?edit=1"
    street.form(fay, "move", item=3, by=-1)
    street.form(fay, "change", item=2, title="Umzug?", minutes=20, kind="info", presenter="")
    street.form(fay, "remove", item=1)
    street.form(fay, "import", agenda="- Fest (10 min)")
    page = html.unescape(fay.get(f"{street.page}?edit=1").text)
    assert "1. Kasse (5 min, Pause)\n   eins\n   zwei\n2. Umzug? (20 min, Info)\n" in page
    assert "3. Fest (10 min, Diskussion)" in page


def test_hands_are_shown_in_their_order(street: Street) -> None:
    hall, fay = street.hall, street.facilitator()
    street.form(fay, "open")
    hall.call("seat-of-ana-aaaa", "seat-of-ben-bbbb", "seat-of-cem-cccc", "seat-of-ana-dddd")
    told = hall.conference.running[call_of(hall.room.id)].attributes
    told["seat-of-ana-aaaa"] = told["seat-of-ana-dddd"] = {HAND_ATTRIBUTE: "2"}
    told["seat-of-ben-bbbb"] = {HAND_ATTRIBUTE: "1"}
    told["seat-of-cem-cccc"] = {FLOOR_ATTRIBUTE: "1"}
    page = text_of(fay.get(street.page).text).partition("Wortmeldungen")[2]
    names = re.findall(r"seat-of-(\w+)-", page)
    assert names == ["cem", "ben", "ana"]
    assert "seat-of-cem-cccc hat das Wort" in page


def test_who_waits_sees_the_call_and_nothing_of_the_assembly(street: Street) -> None:
    fay = street.facilitator()
    street.form(fay, "open", title="Geheim-Sentinel", agenda="1. Punkt-Sentinel (5 min)")
    street.hall.write()
    for one in (street.guest("Rabe", let_in=False), street.stranger()):
        page = one.get(street.page).text
        assert "<allmende-call" in page
        assert "Sentinel" not in page
        assert "Sentinel" not in one.get(f"{street.page}/over").text
        assert street.form(one, "start").status_code == 403


def test_people_without_scripts_come_in_by_a_form_and_through_the_door(street: Street) -> None:
    fay, raven = street.facilitator(), street.stranger()
    street.form(fay, "open", agenda=AGENDA)
    assert "Zum Mitlesen eintreten" in raven.get(street.page).text
    assert street.form(raven, "enter", name=" ").status_code == 400
    assert street.form(raven, "enter", name="Rabe").status_code == 303
    waits = raven.get(street.page).text
    assert "Du wartest als Rabe." in waits
    assert REFRESH in waits
    street.hall.doors.admit_all(street.hall.room.id)
    assert "Umzug" in raven.get(street.page).text


def test_a_facilitator_link_leads_through_the_door_and_stays_in_the_address(
    street: Street,
) -> None:
    fay = street.stranger()
    page = fay.get(f"{street.page}?g={street.hall.link}").text
    action = re.search(r'action="([^"]+/enter[^"]*)"', page)
    ticket = re.search(r'name="ticket" value="([0-9a-f]+)"', page)
    assert action is not None
    assert ticket is not None
    entered = fay.post(action[1], data={"ticket": ticket[1], "name": "Fay"})
    assert entered.headers["location"] == f"{street.page}?g={street.hall.link}"
    assert "Plenum öffnen" in fay.get(entered.headers["location"]).text


@pytest.mark.parametrize("why", ["", "removed", "ended", "elsewhere", "lost", "nonsense"])
def test_after_leaving_there_are_the_minutes_their_exports_and_the_way_back(
    street: Street, why: str
) -> None:
    fay = street.facilitator()
    street.form(fay, "open", agenda=AGENDA)
    page = fay.get(f"{street.page}/over?why={why}")
    assert page.status_code == 200
    (pad,) = street.hall.fake.pads.values()
    shown = f"/r/{street.hall.room.id}/pads/{pad.name}/export/md" in page.text
    assert shown is (why != "removed")
    assert ("Zurück ins Plenum" in page.text) is (why != "removed")


def test_what_people_typed_is_escaped(street: Street) -> None:
    fay = street.facilitator()
    street.form(fay, "open", title="<script>x</script>", agenda="1. <b>fett</b> (5 min)")
    street.form(fay, "start")
    street.form(fay, "next")
    street.hall.write()
    page = fay.get(street.page).text
    assert "<script>x" not in page
    assert "<b>fett" not in page
    assert "&lt;b&gt;fett" in page


def test_unknown_rooms_and_commands_are_not_found(street: Street) -> None:
    fay = street.facilitator()
    assert fay.get("/r/nothing/plenum").status_code == 404
    assert street.form(fay, "dance").status_code == 404
    assert street.form(fay, "start").status_code == 409


def test_without_pads_there_are_no_minutes(street: Street) -> None:
    street.hall.pads = None
    alone = Street(street.hall)
    fay = alone.facilitator()
    alone.form(fay, "open", agenda=AGENDA)
    alone.form(fay, "start")
    page = fay.get(alone.page).text
    assert 'id="minutes"' not in page
    assert "Umzug" in page
