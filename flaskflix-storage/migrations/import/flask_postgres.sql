-- From the tables of the Flask application to ours, inside one PostgreSQL database. Once, with nobody writing:
--
--   CREATE SCHEMA flask;
--   ALTER TABLE watch_progress SET SCHEMA flask;
--   ALTER TABLE movies SET SCHEMA flask;
--   ALTER TABLE users SET SCHEMA flask;
--   -- make our tables: open the database with this program once, then:
--   psql --set ON_ERROR_STOP=1 --single-transaction --file flask_postgres.sql
--
-- It needs of theirs: movies (id, title, video_url, hls_url, quality_variants, duration_seconds) and watch_progress. Columns of
-- an application's own (description, genre, poster) go into the first statement. Numbers stay: the movie 7 is the movie 7, the
-- user 3 is the viewer u3. "current_time" must stand in quotes everywhere, also where the table is made: CURRENT_TIME is a
-- word of SQL.

INSERT INTO movies (id, title, video_url, hls_url, quality_variants, duration_seconds, search_text, created_at, updated_at)
SELECT id, title, nullif(video_url, ''), nullif(hls_url, ''), nullif(quality_variants, ''), greatest(duration_seconds, 0),
       -- The letters of all scripts. Without ICU write lower(title): then search knows the capitals of the database's locale.
       lower(title COLLATE "und-x-icu") || E'\n\n',
       extract(epoch FROM now())::BIGINT * 1000, extract(epoch FROM now())::BIGINT * 1000
FROM flask.movies;

-- The next movie gets a number of its own.
SELECT setval(pg_get_serial_sequence('movies', 'id'), (SELECT greatest(max(id), 1) FROM movies));

-- What is no position (NaN, infinite, negative, more than 30 days) stays behind. From 95 % on a film counts as watched.
INSERT INTO watch_progress (viewer, title, position_ms, duration_ms, finished, activity_at, completed_at, plays, sessions)
SELECT 'u' || user_id, movie_id::TEXT, position_ms, duration_ms, watched, activity_at,
       CASE WHEN watched THEN activity_at END, watched::INTEGER, ''
FROM (
    SELECT user_id, movie_id, activity_at, duration_ms,
           CASE WHEN duration_ms > 0 THEN least(position_ms, duration_ms) ELSE position_ms END AS position_ms,
           duration_ms > 0 AND position_ms >= 0.95 * duration_ms AS watched
    FROM (
        SELECT user_id, movie_id,
               round(coalesce("current_time", 0) * 1000)::BIGINT AS position_ms,
               CASE WHEN total_duration BETWEEN 0 AND 2592000 THEN round(total_duration * 1000)::BIGINT ELSE 0 END AS duration_ms,
               -- A timestamp without a zone, in UTC.
               greatest(coalesce(round(extract(epoch FROM last_watched_at) * 1000), 0), 0)::BIGINT AS activity_at
        FROM flask.watch_progress
        WHERE coalesce("current_time", 0) BETWEEN 0 AND 2592000
    ) AS theirs
) AS entries;

-- The places in the "continue watching" row are derived by the rules when the next node starts.
DELETE FROM flaskflix_settings WHERE name = 'row_rules';
