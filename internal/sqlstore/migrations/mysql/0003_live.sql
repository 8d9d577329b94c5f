-- +goose Up
-- Each statement may be made again: a start that ended in the middle leaves some done. MySQL
-- has no ADD COLUMN IF NOT EXISTS.
SET @add = IF((SELECT count(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'events' AND column_name = 'autosave') = 0,
  'ALTER TABLE events ADD COLUMN autosave BOOLEAN NOT NULL DEFAULT 0, ADD COLUMN restored BIGINT NOT NULL DEFAULT 0', 'DO 0');
PREPARE add_columns FROM @add;
EXECUTE add_columns;
SET @add = IF((SELECT count(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'outcomes' AND column_name = 'merged') = 0,
  'ALTER TABLE outcomes ADD COLUMN merged VARCHAR(500) NOT NULL DEFAULT ''''', 'DO 0');
PREPARE add_columns FROM @add;
EXECUTE add_columns;
DEALLOCATE PREPARE add_columns;

-- A stored summary gains liveVersion: until now readers saw the newest version. No text of a
-- summary can hold these names: in a JSON string each quote has a backslash before it.
UPDATE posts SET summary = REPLACE(summary, '"published":true,"publishedAt":',
  CONCAT('"published":true,"liveVersion":', version, ',"publishedAt":')) WHERE published;
UPDATE posts SET summary = REPLACE(summary, '"published":false,"publishedAt":',
  '"published":false,"liveVersion":null,"publishedAt":') WHERE NOT published;

-- What readers see, apart from the working text in posts.
CREATE TABLE IF NOT EXISTS live_posts (
  id         BIGINT       PRIMARY KEY,
  slug       VARCHAR(200) NOT NULL,
  title      VARCHAR(200) NOT NULL COLLATE utf8mb4_unicode_ci,
  category   VARCHAR(100) NOT NULL,
  created_at BIGINT       NOT NULL,
  updated_at BIGINT       NOT NULL,
  version    BIGINT       NOT NULL, -- the post's version that is live
  summary    MEDIUMBLOB   NOT NULL, -- its JSON without its content
  content    MEDIUMTEXT   NOT NULL,
  UNIQUE KEY live_slug (slug),
  KEY live_created          (created_at, id),
  KEY live_category_created (category, created_at, id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
REPLACE INTO live_posts (id, slug, title, category, created_at, updated_at, version, summary, content)
  SELECT id, slug, title, category, created_at, updated_at, version, summary, content FROM posts WHERE published;

CREATE TABLE IF NOT EXISTS live_words (
  post_id BIGINT     PRIMARY KEY,
  words   MEDIUMTEXT NOT NULL,
  FULLTEXT KEY live_words_words (words)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=ascii COLLATE=ascii_bin;
REPLACE INTO live_words (post_id, words)
  SELECT w.post_id, w.words FROM posts_words w JOIN posts p ON p.id = w.post_id WHERE p.published;

-- The slugs that posts were live under before. One that is live again is found in live_posts first.
CREATE TABLE IF NOT EXISTS live_redirects (
  slug    VARCHAR(200) PRIMARY KEY,
  post_id BIGINT       NOT NULL
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- +goose Down
DROP TABLE live_redirects;
DROP TABLE live_words;
DROP TABLE live_posts;
ALTER TABLE outcomes DROP COLUMN merged;
ALTER TABLE events DROP COLUMN autosave, DROP COLUMN restored;
