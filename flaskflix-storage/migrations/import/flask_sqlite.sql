-- From the tables of the Flask application in an SQLite file to ours, which this program has made in another file. Once, with
-- nobody writing:
--
--   sqlite3 flaskflix.db "ATTACH 'flask.db' AS flask" ".read flask_sqlite.sql"
--
-- What it needs and what it does is said in flask_postgres.sql.

INSERT INTO movies (id, title, video_url, hls_url, quality_variants, duration_seconds, search_text, created_at, updated_at)
SELECT id, title, nullif(video_url, ''), nullif(hls_url, ''), nullif(quality_variants, ''), max(duration_seconds, 0),
       -- SQLite knows the capitals of ASCII only: a movie in other letters is found without regard to them after its next edit.
       lower(title) || char(10, 10),
       unixepoch() * 1000, unixepoch() * 1000
FROM flask.movies;

INSERT INTO watch_progress (viewer, title, position_ms, duration_ms, finished, activity_at, completed_at, plays, sessions)
SELECT 'u' || user_id, CAST(movie_id AS TEXT), position_ms, duration_ms, watched, activity_at,
       CASE WHEN watched THEN activity_at END, watched, ''
FROM (
    SELECT user_id, movie_id, activity_at, duration_ms,
           CASE WHEN duration_ms > 0 THEN min(position_ms, duration_ms) ELSE position_ms END AS position_ms,
           duration_ms > 0 AND position_ms >= 0.95 * duration_ms AS watched
    FROM (
        SELECT user_id, movie_id,
               CAST(round(coalesce("current_time", 0) * 1000) AS INTEGER) AS position_ms,
               CASE WHEN total_duration BETWEEN 0 AND 2592000 THEN CAST(round(total_duration * 1000) AS INTEGER) ELSE 0 END
                   AS duration_ms,
               max(coalesce(unixepoch(last_watched_at), 0) * 1000, 0) AS activity_at
        FROM flask.watch_progress
        WHERE coalesce("current_time", 0) BETWEEN 0 AND 2592000
    )
);

DELETE FROM flaskflix_settings WHERE name = 'row_rules';
