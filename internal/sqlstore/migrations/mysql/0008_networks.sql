-- +goose Up
-- The network that a session was opened from: an IPv4 address or an IPv6 /64. The statement
-- may run again after a start that ended in the middle.
SET @add = IF((SELECT count(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'sessions' AND column_name = 'network') = 0,
  'ALTER TABLE sessions ADD COLUMN network VARCHAR(64) NOT NULL DEFAULT '''', ADD KEY sessions_network (user_id, network, last_used_at)', 'DO 0');
PREPARE add_columns FROM @add;
EXECUTE add_columns;
DEALLOCATE PREPARE add_columns;

-- +goose Down
-- The foreign key of user_id needs an index that begins with it: sessions_user.
ALTER TABLE sessions DROP KEY sessions_network, DROP COLUMN network;
