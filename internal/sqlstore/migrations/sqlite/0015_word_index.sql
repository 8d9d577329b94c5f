-- +goose Up
-- watermark: the words of all posts are indexed as of the event with this number, or later.
-- rebuild: the last post that a running rebuild has indexed; -1: none runs.
-- fence: raised by each transaction that stores words, and by each request for a rebuild.
-- holder, expires_at: the process that indexes, and when another one may continue.
-- Until here the words were written in the transaction of each change.
CREATE TABLE word_index (
  number     INTEGER PRIMARY KEY CHECK (number = 1),
  watermark  INTEGER NOT NULL,
  rebuild    INTEGER NOT NULL,
  fence      INTEGER NOT NULL,
  holder     TEXT    NOT NULL,
  expires_at INTEGER NOT NULL -- Unix milliseconds
);
INSERT INTO word_index (number, watermark, rebuild, fence, holder, expires_at)
  SELECT 1, value, -1, 0, '', 0 FROM counters WHERE name = 'seq';

-- +goose Down
DROP TABLE word_index;
