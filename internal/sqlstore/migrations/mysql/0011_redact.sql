-- +goose Up
-- redacted: a text was removed from the earlier versions of the post. Each statement may run
-- again after a start that ended in the middle.
SET @add = IF((SELECT count(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'events' AND column_name = 'redacted') = 0,
  'ALTER TABLE events ADD COLUMN redacted BOOLEAN NOT NULL DEFAULT 0', 'DO 0');
PREPARE add_columns FROM @add;
EXECUTE add_columns;
SET @add = IF((SELECT count(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'kept_events' AND column_name = 'redacted') = 0,
  'ALTER TABLE kept_events ADD COLUMN redacted BOOLEAN NOT NULL DEFAULT 0', 'DO 0');
PREPARE add_columns FROM @add;
EXECUTE add_columns;
DEALLOCATE PREPARE add_columns;
-- refill: how often it was requested that the topic is emptied and filled again. refilled: the
-- request that was carried out last, negative when Kafka refused it.
INSERT IGNORE INTO counters (name, value) VALUES ('refill', 0), ('refilled', 0);

-- +goose Down
DELETE FROM counters WHERE name IN ('refill', 'refilled');
ALTER TABLE kept_events DROP COLUMN redacted;
ALTER TABLE events DROP COLUMN redacted;
