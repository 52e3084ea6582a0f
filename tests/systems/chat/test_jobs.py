"""What chat does by itself."""

from pathlib import Path

from allmende.systems.chat.jobs import upload_jobs
from allmende.systems.chat.store import uploads as store
from tests.systems.chat.conftest import Square
from tests.systems.chat.service.depot import Depot


def test_files_end_by_the_job_that_their_promise_names(square: Square, tmp_path: Path) -> None:
    depot = Depot(square, tmp_path)
    (job,) = upload_jobs(depot.uploads)
    assert {kept.ended_by for kept in store.KEPT} == {job.name}
    depot.bring(b"abcd")
    square.clock.turn(hours=24)

    async def ends() -> None:
        await job.run()

    square.run(ends())
    found = square.run(square.database.read(lambda db: store.uploads_of(db, depot.account, most=9)))
    assert found == []
