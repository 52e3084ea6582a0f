from allmende.media import control
from allmende.media.control import UpBound
from tests.media.stage import Stage


def test_closing_an_up_closes_its_downs_too() -> None:
    stage = Stage()
    stage.join("a", "b")
    stage.audio("a")
    sid = stage.down("b", "A")
    stage.do(control.CloseUp(id=1, up="A"))
    assert stage.refuses(control.CloseDown(id=1, down=sid)) == "no such down"


def test_two_rooms_know_nothing_of_each_other() -> None:
    stage = Stage()
    stage.join("a", "b")
    stage.join("x", "y", room="other")
    here, there = stage.audio("a"), stage.audio("x", "XA")
    stage.down("b", "A")
    stage.down("y", "XA")
    stage.send(here, here.opus(b"here"))
    stage.send(there, there.opus(b"there"))
    assert [h.payload for h in stage.heard("b")] == [b"here"]
    assert [h.payload for h in stage.heard("y")] == [b"there"]
    stage.do(control.CloseRoom(id=1, room="R"))
    stage.send(there, there.opus(b"still"))
    assert [h.payload for h in stage.heard("y")] == [b"still"]
    assert len(stage.reported(UpBound)) == 2
