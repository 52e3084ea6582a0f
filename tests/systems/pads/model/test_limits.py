from allmende.systems.pads.model.limits import GATHER_MOST_S, GATHER_S, LAG_S, PadLimits


def test_the_limits_are_those_of_the_specification() -> None:
    limits = PadLimits()
    assert (limits.update_bytes, limits.message_bytes) == (256 * 1024, 512 * 1024)
    assert (limits.text_bytes, limits.document_bytes) == (1_000_000, 10_000_000)
    assert (limits.updates_per_s, limits.updates_burst) == (20, 100)
    assert (limits.awareness_bytes, limits.carets_per_s, limits.carets) == (2048, 5, 30)
    assert (limits.clients_per_update, limits.nesting, limits.sessions) == (64, 50, 300)
    assert (limits.gaps, limits.refusals) == (3, 10)
    assert (limits.queue_messages, limits.queue_bytes) == (4_000, 4 * 1024 * 1024)
    assert limits.unsaved_bytes == 8_000_000


def test_edits_are_gathered_longer_with_more_editors() -> None:
    assert GATHER_S == ((10, 0.0), (100, 0.03))
    assert (GATHER_MOST_S, LAG_S) == (0.05, 0.02)
