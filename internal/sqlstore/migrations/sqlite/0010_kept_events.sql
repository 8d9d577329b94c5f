-- +goose Up
-- The last event of each post whose events have left the log: the base of merges, and the
-- version to bring back. Another event of the post that leaves the log replaces it.
CREATE TABLE kept_events (
  post_id    INTEGER PRIMARY KEY,
  seq        INTEGER NOT NULL,
  id         TEXT    NOT NULL,
  type       TEXT    NOT NULL,
  version    INTEGER NOT NULL,
  time       INTEGER NOT NULL,
  actor_id   INTEGER NOT NULL,
  actor_name TEXT    NOT NULL,
  changed    TEXT    NOT NULL,
  autosave   INTEGER NOT NULL,
  restored   INTEGER NOT NULL,
  data       BLOB    NOT NULL
);

-- +goose Down
DROP TABLE kept_events;
