-- +goose Up
-- The names that the list of posts can be filtered by.
CREATE TABLE posts_labels (
  kind    INTEGER NOT NULL, -- 1: a tag, 2: the author
  name    TEXT    NOT NULL,
  post_id INTEGER NOT NULL,
  PRIMARY KEY (kind, name, post_id)
) WITHOUT ROWID;
CREATE INDEX posts_labels_post ON posts_labels (post_id);

-- Deleted posts as they were before the deletion, while the event log has the deletion.
CREATE TABLE deleted_posts (
  id              INTEGER PRIMARY KEY,
  title           TEXT    NOT NULL COLLATE NOCASE,
  created_at      INTEGER NOT NULL,
  deleted_at      INTEGER NOT NULL,
  deleted_by      INTEGER NOT NULL,
  deleted_by_name TEXT    NOT NULL,
  version         INTEGER NOT NULL, -- of the deletion: one more than in summary
  summary         BLOB    NOT NULL, -- as in posts
  content         TEXT    NOT NULL
);
CREATE INDEX deleted_posts_deleted ON deleted_posts (deleted_at, id);
CREATE INDEX deleted_posts_created ON deleted_posts (created_at, id);
CREATE INDEX deleted_posts_title   ON deleted_posts (title, id);

-- +goose Down
DROP TABLE deleted_posts;
DROP TABLE posts_labels;
