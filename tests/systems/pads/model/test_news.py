from allmende.systems.pads.model.news import News
from allmende.systems.pads.model.pad import AuthorId


def test_news_are_told_once() -> None:
    news = News()
    news.came(7, AuthorId(1))
    news.renamed(AuthorId(2))
    news.presence()
    news.soon(3, 10.0)
    assert news.due_s == 10.0
    assert news.take() == ({7}, {1, 2}, True)
    assert news.take() == (set(), set(), False)
    assert news.due_s is None


def test_where_many_are_news_are_told_four_times_a_second() -> None:
    news = News()
    news.soon(11, 10.0)
    news.soon(12, 10.2)
    assert news.due_s == 10.25
