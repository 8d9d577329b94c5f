-- +goose Up
-- The names that the list of posts can be filtered by.
CREATE TABLE IF NOT EXISTS posts_labels (
  kind    TINYINT      NOT NULL, -- 1: a tag, 2: the author
  name    VARCHAR(200) NOT NULL,
  post_id BIGINT       NOT NULL,
  PRIMARY KEY (kind, name, post_id),
  KEY posts_labels_post (post_id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Deleted posts as they were before the deletion, while the event log has the deletion.
CREATE TABLE IF NOT EXISTS deleted_posts (
  id              BIGINT       PRIMARY KEY,
  title           VARCHAR(200) NOT NULL COLLATE utf8mb4_unicode_ci,
  created_at      BIGINT       NOT NULL,
  deleted_at      BIGINT       NOT NULL,
  deleted_by      BIGINT       NOT NULL,
  deleted_by_name VARCHAR(200) NOT NULL,
  version         BIGINT       NOT NULL, -- of the deletion: one more than in summary
  summary         MEDIUMBLOB   NOT NULL, -- as in posts
  content         MEDIUMTEXT   NOT NULL,
  KEY deleted_posts_deleted (deleted_at, id),
  KEY deleted_posts_created (created_at, id),
  KEY deleted_posts_title   (title, id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- +goose Down
DROP TABLE deleted_posts;
DROP TABLE posts_labels;
