-- +goose Up
-- thinned: up to this number it is decided of each event whether it keeps its content. The
-- events that are there already have no autosaves among them.
INSERT IGNORE INTO counters (name, value) SELECT 'thinned', value FROM (SELECT value FROM counters WHERE name = 'seq') AS head;

-- +goose Down
DELETE FROM counters WHERE name = 'thinned';
