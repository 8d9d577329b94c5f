-- +goose Up
-- The network that a session was opened from: an IPv4 address or an IPv6 /64.
ALTER TABLE sessions ADD COLUMN network TEXT NOT NULL DEFAULT '';
CREATE INDEX sessions_network ON sessions (user_id, network, last_used_at);

-- +goose Down
DROP INDEX sessions_network;
ALTER TABLE sessions DROP COLUMN network;
