from pathlib import Path

from allmende.cli.checks.all import CHECKS, findings
from allmende.cli.checks.finding import State


def test_there_are_ten_checks_with_a_name_each(tmp_path: Path) -> None:
    found = findings(None, {}, {"data": str(tmp_path)})
    assert len(found) == len({finding.name for finding in found}) == len(CHECKS) + 1 == 10
    for finding in found:
        assert finding.sentence.endswith(".")
        assert bool(finding.remedy) is (finding.state is not State.GOOD)


def test_with_a_broken_configuration_nothing_else_is_judged(tmp_path: Path) -> None:
    file = tmp_path / "allmende.toml"
    file.write_text("[media]\nudp_prot = 1")
    (finding,) = findings(file, {}, {})
    assert (finding.name, finding.state) == ("configuration", State.BROKEN)
    assert "media.udp_port" in finding.sentence


def test_a_finding_is_one_line(tmp_path: Path) -> None:
    found = findings(None, {}, {"data": str(tmp_path)})
    assert found[0].line().startswith("good     configuration")
    assert all("\n" not in finding.line() for finding in found)
