-- +goose Up
-- The processes that serve this desk. Each writes its own row; a row whose beat stands
-- still is a dead one's.
CREATE TABLE IF NOT EXISTS nodes (
  id    VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  facts TEXT       NOT NULL, -- JSON
  beat  BIGINT     NOT NULL,
  noted BIGINT     NOT NULL,
  note  MEDIUMBLOB NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- cleaned: when a clean-up last began, in Unix milliseconds.
INSERT IGNORE INTO counters (name, value) VALUES ('cleaned', 0);

-- +goose Down
DELETE FROM counters WHERE name = 'cleaned';
DROP TABLE IF EXISTS nodes;
