-- +goose Up
-- trace: the W3C traceparent of the request that made the change; empty: it had none.
ALTER TABLE events ADD COLUMN trace TEXT NOT NULL DEFAULT '';
ALTER TABLE kept_events ADD COLUMN trace TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE kept_events DROP COLUMN trace;
ALTER TABLE events DROP COLUMN trace;
