"""What the fan-out of Python has besides `test_interface`: a kernel that takes no more."""

import socket

from allmende.media.fanout.python import PythonFanout
from tests.media.fanout.stage import clients


class FullSocket(socket.socket):
    """Takes a few datagrams, then no more."""

    room = 3

    def sendto(self, *_: object) -> int:
        if self.room == 0:
            raise BlockingIOError
        self.room -= 1
        return 1


def test_a_full_buffer_drops_the_rest_and_counts_it() -> None:
    made = PythonFanout()
    with clients(made, 10) as people, FullSocket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        group = made.group(bound)
        group.set_members([person.member() for person in people])
        assert group.send([b"x"]) == 3
        assert group.dropped == 7
        bound.room = 100
        assert group.send([b"x"], people[0].served_by) == 9
        assert group.dropped == 7
