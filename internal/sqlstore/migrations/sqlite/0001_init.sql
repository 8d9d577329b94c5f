-- +goose Up
CREATE TABLE counters (
  name  TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;
-- seq: the newest event's number. post: the newest post's id. auth: raised whenever a
-- session or a role changes, so that every node notices with one small read.
INSERT INTO counters (name, value) VALUES ('seq', 0), ('post', 0), ('auth', 0);

CREATE TABLE posts (
  id         INTEGER PRIMARY KEY,
  slug       TEXT    NOT NULL,
  title      TEXT    NOT NULL COLLATE NOCASE,
  category   TEXT    NOT NULL,
  published  INTEGER NOT NULL,
  created_at INTEGER NOT NULL, -- times are Unix milliseconds
  updated_at INTEGER NOT NULL,
  version    INTEGER NOT NULL,
  summary    BLOB    NOT NULL, -- the post's JSON without its content, as lists send it
  content    TEXT    NOT NULL
);
CREATE UNIQUE INDEX posts_slug ON posts (slug);
-- Each order of the list, alone and under each filter.
CREATE INDEX posts_updated            ON posts (updated_at, id);
CREATE INDEX posts_created            ON posts (created_at, id);
CREATE INDEX posts_title              ON posts (title, id);
CREATE INDEX posts_published_updated  ON posts (published, updated_at, id);
CREATE INDEX posts_published_created  ON posts (published, created_at, id);
CREATE INDEX posts_published_title    ON posts (published, title, id);
CREATE INDEX posts_category_updated   ON posts (category, updated_at, id);
CREATE INDEX posts_category_created   ON posts (category, created_at, id);
CREATE INDEX posts_category_title     ON posts (category, title, id);

-- words come folded and with spaces between; of the text itself nothing is kept.
CREATE VIRTUAL TABLE posts_words USING fts5 (
  words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
);
-- Fewer, larger merges: a tenth less CPU for each write.
INSERT INTO posts_words (posts_words, rank) VALUES ('automerge', 16), ('crisismerge', 32);

CREATE TABLE events (
  seq        INTEGER PRIMARY KEY,
  id         TEXT    NOT NULL,
  type       TEXT    NOT NULL,
  post_id    INTEGER NOT NULL,
  version    INTEGER NOT NULL,
  time       INTEGER NOT NULL,
  actor_id   INTEGER NOT NULL,
  actor_name TEXT    NOT NULL,
  changed    TEXT    NOT NULL, -- field names with commas between
  data       BLOB    NOT NULL
);
CREATE UNIQUE INDEX events_post ON events (post_id, version);

CREATE TABLE users (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  email         TEXT    NOT NULL UNIQUE, -- lower case
  name          TEXT    NOT NULL,
  role          TEXT    NOT NULL,
  disabled      INTEGER NOT NULL,
  password_hash TEXT    NOT NULL,
  created_at    INTEGER NOT NULL
);

CREATE TABLE sessions (
  id           TEXT PRIMARY KEY,
  user_id      INTEGER NOT NULL REFERENCES users (id),
  refresh_hash BLOB    NOT NULL,
  user_agent   TEXT    NOT NULL,
  created_at   INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  revoked      INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expires ON sessions (expires_at);

CREATE TABLE outcomes (
  user_id    INTEGER NOT NULL,
  key        TEXT    NOT NULL,
  request    BLOB    NOT NULL,
  post_id    INTEGER NOT NULL,
  version    INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, key)
) WITHOUT ROWID;
CREATE INDEX outcomes_created ON outcomes (created_at);

CREATE TABLE imports (
  slug    TEXT PRIMARY KEY,
  hash    BLOB    NOT NULL,
  post_id INTEGER NOT NULL,
  version INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE lease (
  id         INTEGER PRIMARY KEY CHECK (id = 1),
  holder     TEXT    NOT NULL,
  fence      INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  watermark  INTEGER NOT NULL
);
INSERT INTO lease (id, holder, fence, expires_at, watermark) VALUES (1, '', 0, 0, 0);

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
