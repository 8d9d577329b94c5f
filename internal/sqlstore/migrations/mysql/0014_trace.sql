-- +goose Up
-- trace: the W3C traceparent of the request that made the change; empty: it had none. Each
-- statement may run again after a start that ended in the middle.
SET @add = IF((SELECT count(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'events' AND column_name = 'trace') = 0,
  'ALTER TABLE events ADD COLUMN trace VARCHAR(55) NOT NULL DEFAULT ""', 'DO 0');
PREPARE add_columns FROM @add;
EXECUTE add_columns;
SET @add = IF((SELECT count(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'kept_events' AND column_name = 'trace') = 0,
  'ALTER TABLE kept_events ADD COLUMN trace VARCHAR(55) NOT NULL DEFAULT ""', 'DO 0');
PREPARE add_columns FROM @add;
EXECUTE add_columns;
DEALLOCATE PREPARE add_columns;

-- +goose Down
ALTER TABLE kept_events DROP COLUMN trace;
ALTER TABLE events DROP COLUMN trace;
