from tests.webkit.house import Build


def test_the_pattern_page_shows_a_refused_field_and_a_broken_dialog_free_page(house: Build) -> None:
    page = house().client(**{"Accept-Language": "en"}).get("/-/patterns").text
    assert "This name is taken. Choose another one." in page
    assert 'data-opens="example-dialog"' in page
    assert '<dialog class="dialog" id="example-dialog"' in page
    assert "<noscript>" in page
