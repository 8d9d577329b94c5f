-- +goose Up
-- id: names the installation. epoch: names the history of the event log, within which numbers
-- of events are never repeated. The next migration adds the row.
CREATE TABLE installation (
  number INTEGER PRIMARY KEY CHECK (number = 1),
  id     TEXT NOT NULL,
  epoch  TEXT NOT NULL
);

-- +goose Down
DROP TABLE installation;
