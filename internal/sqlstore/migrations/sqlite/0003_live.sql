-- +goose Up
ALTER TABLE events ADD COLUMN autosave INTEGER NOT NULL DEFAULT 0;
ALTER TABLE events ADD COLUMN restored INTEGER NOT NULL DEFAULT 0; -- the version whose text was restored; 0: none
ALTER TABLE outcomes ADD COLUMN merged TEXT NOT NULL DEFAULT ''; -- field names with commas between

-- A stored summary gains liveVersion: until now readers saw the newest version. No text of a
-- summary can hold these names: in a JSON string each quote has a backslash before it.
UPDATE posts SET summary = CAST(replace(CAST(summary AS TEXT), '"published":true,"publishedAt":',
  '"published":true,"liveVersion":' || version || ',"publishedAt":') AS BLOB) WHERE published;
UPDATE posts SET summary = CAST(replace(CAST(summary AS TEXT), '"published":false,"publishedAt":',
  '"published":false,"liveVersion":null,"publishedAt":') AS BLOB) WHERE NOT published;

-- What readers see, apart from the working text in posts.
CREATE TABLE live_posts (
  id         INTEGER PRIMARY KEY,
  slug       TEXT    NOT NULL,
  title      TEXT    NOT NULL COLLATE NOCASE,
  category   TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version    INTEGER NOT NULL, -- the post's version that is live
  summary    BLOB    NOT NULL, -- its JSON without its content
  content    TEXT    NOT NULL
);
INSERT INTO live_posts (id, slug, title, category, created_at, updated_at, version, summary, content)
  SELECT id, slug, title, category, created_at, updated_at, version, summary, content FROM posts WHERE published;
CREATE UNIQUE INDEX live_slug          ON live_posts (slug);
CREATE INDEX live_created              ON live_posts (created_at, id);
CREATE INDEX live_category_created     ON live_posts (category, created_at, id);

CREATE VIRTUAL TABLE live_words USING fts5 (
  words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
);
INSERT INTO live_words (live_words, rank) VALUES ('automerge', 16), ('crisismerge', 32);
INSERT INTO live_words (rowid, words) SELECT id, wiredesk_words(summary, content) FROM live_posts ORDER BY id;

-- The slugs that posts were live under before. One that is live again is found in live_posts first.
CREATE TABLE live_redirects (
  slug    TEXT PRIMARY KEY,
  post_id INTEGER NOT NULL
) WITHOUT ROWID;

-- +goose Down
DROP TABLE live_redirects;
DROP TABLE live_words;
DROP TABLE live_posts;
ALTER TABLE outcomes DROP COLUMN merged;
ALTER TABLE events DROP COLUMN restored;
ALTER TABLE events DROP COLUMN autosave;
