-- What meet keeps of a room, and how many are connected now. Who was there, hands and speaking
-- times are never stored.
CREATE TABLE meet_room (
    room_id BIGINT NOT NULL PRIMARY KEY,
    max_cameras BIGINT
);
CREATE TABLE meet_call (
    room_id BIGINT NOT NULL PRIMARY KEY,
    people BIGINT NOT NULL
);
