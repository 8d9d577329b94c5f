-- +goose Up
-- The processes that serve this desk. Each writes its own row; a row whose beat stands
-- still is a dead one's.
CREATE TABLE nodes (
  id    TEXT    PRIMARY KEY,
  facts TEXT    NOT NULL, -- JSON
  beat  INTEGER NOT NULL,
  noted INTEGER NOT NULL,
  note  BLOB    NOT NULL
) WITHOUT ROWID;

-- cleaned: when a clean-up last began, in Unix milliseconds.
INSERT INTO counters (name, value) VALUES ('cleaned', 0);

-- +goose Down
DELETE FROM counters WHERE name = 'cleaned';
DROP TABLE nodes;
