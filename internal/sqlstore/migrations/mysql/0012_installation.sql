-- +goose Up
-- id: names the installation. epoch: names the history of the event log, within which numbers
-- of events are never repeated. The next migration adds the row.
CREATE TABLE IF NOT EXISTS installation (
  number TINYINT     PRIMARY KEY CHECK (number = 1),
  id     VARCHAR(64) NOT NULL,
  epoch  VARCHAR(64) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- +goose Down
DROP TABLE installation;
