-- +goose Up
-- The last event of each post whose events have left the log: the base of merges, and the
-- version to bring back. Another event of the post that leaves the log replaces it.
CREATE TABLE IF NOT EXISTS kept_events (
  post_id    BIGINT       PRIMARY KEY,
  seq        BIGINT       NOT NULL,
  id         VARCHAR(64)  NOT NULL,
  type       VARCHAR(64)  NOT NULL,
  version    BIGINT       NOT NULL,
  time       BIGINT       NOT NULL,
  actor_id   BIGINT       NOT NULL,
  actor_name VARCHAR(200) NOT NULL,
  changed    VARCHAR(500) NOT NULL,
  autosave   BOOLEAN      NOT NULL,
  restored   BIGINT       NOT NULL,
  data       MEDIUMBLOB   NOT NULL
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- +goose Down
DROP TABLE kept_events;
