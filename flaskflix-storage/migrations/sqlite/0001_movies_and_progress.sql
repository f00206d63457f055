-- Times are milliseconds since 1970-01-01T00:00:00Z. Truth values are 0 and 1.

CREATE TABLE movies (
    -- AUTOINCREMENT: the id of a removed movie is never given to another one, whose tokens and progress it would inherit.
    id               INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0),
    title            TEXT    NOT NULL,
    description      TEXT    NOT NULL DEFAULT '',
    release_year     INTEGER,
    genre            TEXT    NOT NULL DEFAULT '',
    poster           TEXT,
    video_url        TEXT,
    hls_url          TEXT,
    quality_variants TEXT,
    progressive      INTEGER NOT NULL DEFAULT 0 CHECK (progressive IN (0, 1)),
    duration_seconds INTEGER CHECK (duration_seconds >= 0),
    created_at       INTEGER NOT NULL CHECK (created_at >= 0),
    updated_at       INTEGER NOT NULL CHECK (updated_at >= 0),
    -- Title, description and genre in lower case, by the rules of Unicode, which SQLite's own lower() does not know.
    search_text      TEXT    NOT NULL
) STRICT;

CREATE INDEX movies_newest ON movies (created_at, id);

CREATE TABLE watch_progress (
    viewer       TEXT    NOT NULL,
    title        TEXT    NOT NULL,
    position_ms  INTEGER NOT NULL CHECK (position_ms >= 0),
    duration_ms  INTEGER NOT NULL CHECK (duration_ms >= 0),
    finished     INTEGER NOT NULL CHECK (finished IN (0, 1)),
    activity_at  INTEGER NOT NULL CHECK (activity_at >= 0),
    completed_at INTEGER CHECK (completed_at >= 0),
    plays        INTEGER NOT NULL CHECK (plays BETWEEN 0 AND 4294967295),
    dismissed_at INTEGER CHECK (dismissed_at >= 0),
    decided_at   INTEGER CHECK (decided_at >= 0),
    -- What each playback session said last: text, because sequence numbers have 64 bits.
    sessions     TEXT    NOT NULL,
    -- The place in the "continue watching" row, NULL outside it: derived from the columns above by the rules.
    row_at       INTEGER CHECK (row_at >= 0),
    PRIMARY KEY (viewer, title)
) STRICT, WITHOUT ROWID;

CREATE INDEX watch_progress_row ON watch_progress (viewer, row_at DESC, title DESC) WHERE row_at IS NOT NULL;

-- For the removal of a movie.
CREATE INDEX watch_progress_title ON watch_progress (title);

-- What the derived columns were derived with.
CREATE TABLE flaskflix_settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
