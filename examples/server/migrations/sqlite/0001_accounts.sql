-- Times are milliseconds since 1970-01-01T00:00:00Z. Truth values are 0 and 1.

CREATE TABLE users (
    -- AUTOINCREMENT: the id of a removed user is never given to another one, who would inherit progress and stream tokens.
    id            INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0),
    name          TEXT    NOT NULL,
    -- The name in lower case, by the rules of Unicode, which SQLite's own lower() does not know.
    name_key      TEXT    NOT NULL UNIQUE,
    -- argon2id, as a PHC string.
    password_hash TEXT    NOT NULL,
    is_admin      INTEGER NOT NULL DEFAULT 0 CHECK (is_admin IN (0, 1)),
    -- The viewer of --demo, whose password everybody knows: logs in while --demo is on, and never without.
    is_demo       INTEGER NOT NULL DEFAULT 0 CHECK (is_demo IN (0, 1)),
    created_at    INTEGER NOT NULL CHECK (created_at >= 0)
) STRICT;

CREATE TABLE sessions (
    -- SHA-256 of the id in the cookie: who reads the database cannot log in with what stands there.
    id_hash    BLOB    NOT NULL PRIMARY KEY CHECK (length(id_hash) = 32),
    user_id    INTEGER REFERENCES users (id) ON DELETE CASCADE,
    data       TEXT    NOT NULL,
    expires_at INTEGER NOT NULL CHECK (expires_at >= 0)
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_of_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- What the first run has done and no later one does again, even if it is undone: a removed demo film stays away.
CREATE TABLE first_run (
    step TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
