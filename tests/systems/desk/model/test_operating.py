from allmende.systems.desk.model.operating import BackupsShown, CertificateShown


def test_a_server_without_encryption_shows_no_certificate() -> None:
    shown = CertificateShown(mode="off")
    assert (shown.names, shown.ends, shown.problem, shown.record) == ((), None, "", "")


def test_a_server_without_backups_says_where_they_would_be() -> None:
    shown = BackupsShown(folder="/b", is_nightly=True, recipients=0, runs=())
    assert shown.folder == "/b"
