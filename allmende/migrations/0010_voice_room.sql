-- What is set for the voice of a room; a room without a row has the usual.
CREATE TABLE voice_room (
    room_id BIGINT NOT NULL PRIMARY KEY REFERENCES identity_room (id) ON DELETE CASCADE,
    is_off BOOLEAN NOT NULL,
    may_listen BOOLEAN NOT NULL,
    may_record BOOLEAN NOT NULL,
    push_to_talk BOOLEAN NOT NULL,
    bandwidth_bps BIGINT
);
