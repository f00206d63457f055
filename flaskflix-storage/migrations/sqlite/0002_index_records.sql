-- What was read of films, so that a restart need not read it again. Everything here can be lost without harm.
CREATE TABLE flaskflix_index_records (
    id      INTEGER PRIMARY KEY,
    key     TEXT    NOT NULL UNIQUE,
    -- The length of the record, in front of it: whoever sums up lengths does not read records.
    bytes   INTEGER NOT NULL CHECK (bytes >= 0),
    -- Seconds since 1970, exact to a day.
    used_at INTEGER NOT NULL,
    record  BLOB    NOT NULL
) STRICT;

CREATE INDEX flaskflix_index_records_used ON flaskflix_index_records (used_at DESC, id DESC, bytes);
