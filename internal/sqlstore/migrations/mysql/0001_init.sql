-- +goose Up
-- Each statement may be made again: a start that ended in the middle leaves some done.
CREATE TABLE IF NOT EXISTS counters (
  name  VARCHAR(16) PRIMARY KEY,
  value BIGINT NOT NULL
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
-- seq: the newest event's number. post: the newest post's id, or one that is set aside.
-- auth: raised whenever a session or a role changes, so that every node notices with one small read.
INSERT IGNORE INTO counters (name, value) VALUES ('seq', 0), ('post', 0), ('auth', 0);

CREATE TABLE IF NOT EXISTS posts (
  id         BIGINT       PRIMARY KEY,
  slug       VARCHAR(200) NOT NULL,
  title      VARCHAR(200) NOT NULL COLLATE utf8mb4_unicode_ci,
  category   VARCHAR(100) NOT NULL,
  published  BOOLEAN      NOT NULL,
  created_at BIGINT       NOT NULL, -- times are Unix milliseconds
  updated_at BIGINT       NOT NULL,
  version    BIGINT       NOT NULL,
  summary    MEDIUMBLOB   NOT NULL, -- the post's JSON without its content, as lists send it
  content    MEDIUMTEXT   NOT NULL,
  UNIQUE KEY posts_slug (slug),
  -- Each order of the list, alone and under each filter.
  KEY posts_updated           (updated_at, id),
  KEY posts_created           (created_at, id),
  KEY posts_title             (title, id),
  KEY posts_published_updated (published, updated_at, id),
  KEY posts_published_created (published, created_at, id),
  KEY posts_published_title   (published, title, id),
  KEY posts_category_updated  (category, updated_at, id),
  KEY posts_category_created  (category, created_at, id),
  KEY posts_category_title    (category, title, id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- words come folded, as tokens of ASCII letters and digits with spaces between.
CREATE TABLE IF NOT EXISTS posts_words (
  post_id BIGINT     PRIMARY KEY,
  words   MEDIUMTEXT NOT NULL,
  FULLTEXT KEY posts_words_words (words)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=ascii COLLATE=ascii_bin;

CREATE TABLE IF NOT EXISTS events (
  seq        BIGINT       PRIMARY KEY,
  id         VARCHAR(64)  NOT NULL,
  type       VARCHAR(64)  NOT NULL,
  post_id    BIGINT       NOT NULL,
  version    BIGINT       NOT NULL,
  time       BIGINT       NOT NULL,
  actor_id   BIGINT       NOT NULL,
  actor_name VARCHAR(200) NOT NULL,
  changed    VARCHAR(500) NOT NULL, -- field names with commas between
  data       MEDIUMBLOB   NOT NULL,
  UNIQUE KEY events_post (post_id, version)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS users (
  id            BIGINT       PRIMARY KEY AUTO_INCREMENT,
  email         VARCHAR(200) NOT NULL, -- lower case
  name          VARCHAR(200) NOT NULL,
  role          VARCHAR(16)  NOT NULL,
  disabled      BOOLEAN      NOT NULL,
  password_hash VARCHAR(500) NOT NULL,
  created_at    BIGINT       NOT NULL,
  UNIQUE KEY users_email (email)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS sessions (
  id           VARCHAR(64)   PRIMARY KEY,
  user_id      BIGINT        NOT NULL,
  refresh_hash VARBINARY(64) NOT NULL,
  user_agent   VARCHAR(200)  NOT NULL,
  created_at   BIGINT        NOT NULL,
  last_used_at BIGINT        NOT NULL,
  expires_at   BIGINT        NOT NULL,
  revoked      BOOLEAN       NOT NULL,
  KEY sessions_user (user_id),
  KEY sessions_expires (expires_at),
  FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS outcomes (
  user_id    BIGINT        NOT NULL,
  `key`      VARCHAR(200)  NOT NULL,
  request    VARBINARY(64) NOT NULL,
  post_id    BIGINT        NOT NULL,
  version    BIGINT        NOT NULL,
  created_at BIGINT        NOT NULL,
  PRIMARY KEY (user_id, `key`),
  KEY outcomes_created (created_at)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS imports (
  slug    VARCHAR(200)  PRIMARY KEY,
  hash    VARBINARY(64) NOT NULL,
  post_id BIGINT        NOT NULL,
  version BIGINT        NOT NULL
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS lease (
  id         TINYINT      PRIMARY KEY CHECK (id = 1),
  holder     VARCHAR(255) NOT NULL,
  fence      BIGINT       NOT NULL,
  expires_at BIGINT       NOT NULL,
  watermark  BIGINT       NOT NULL
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
INSERT IGNORE INTO lease (id, holder, fence, expires_at, watermark) VALUES (1, '', 0, 0, 0);

-- +goose Down
DROP TABLE lease;
DROP TABLE imports;
DROP TABLE outcomes;
DROP TABLE sessions;
DROP TABLE users;
DROP TABLE events;
DROP TABLE posts_words;
DROP TABLE posts;
DROP TABLE counters;
