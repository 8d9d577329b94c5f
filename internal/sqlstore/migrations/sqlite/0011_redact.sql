-- +goose Up
-- redacted: a text was removed from the earlier versions of the post.
ALTER TABLE events ADD COLUMN redacted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE kept_events ADD COLUMN redacted INTEGER NOT NULL DEFAULT 0;
-- refill: how often it was requested that the topic is emptied and filled again. refilled: the
-- request that was carried out last, negative when Kafka refused it.
INSERT INTO counters (name, value) VALUES ('refill', 0), ('refilled', 0);

-- +goose Down
DELETE FROM counters WHERE name IN ('refill', 'refilled');
ALTER TABLE kept_events DROP COLUMN redacted;
ALTER TABLE events DROP COLUMN redacted;
