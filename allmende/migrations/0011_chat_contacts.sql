-- Whom people know, and whom they want nothing of.
CREATE TABLE chat_contact (
    account_id BIGINT NOT NULL,
    address TEXT NOT NULL,
    peer_id BIGINT,
    name TEXT NOT NULL,
    labels TEXT NOT NULL,
    sees BOOLEAN NOT NULL,
    seen BOOLEAN NOT NULL,
    asks BOOLEAN NOT NULL,
    asked BOOLEAN NOT NULL,
    approved BOOLEAN NOT NULL,
    listed BOOLEAN NOT NULL,
-- sqlite:
    request BLOB NOT NULL,
-- postgres:
    request BYTEA NOT NULL,
-- both:
    heard BOOLEAN NOT NULL,
    accepted BOOLEAN NOT NULL,
    PRIMARY KEY (account_id, address)
);
CREATE INDEX chat_contact_by_peer ON chat_contact (peer_id);

CREATE TABLE chat_block (
    account_id BIGINT NOT NULL,
    address TEXT NOT NULL,
    PRIMARY KEY (account_id, address)
);
