-- +goose Up
-- refresh_key: derives each refresh token from the one before; empty until the next refresh
-- of a session of an older version. replaced: when the latest tokens were replaced, the
-- newest first, 8 bytes each.
ALTER TABLE sessions ADD COLUMN refresh_key BLOB NOT NULL DEFAULT x'';
ALTER TABLE sessions ADD COLUMN replaced BLOB NOT NULL DEFAULT x'';
-- A session ends 90 days after its sign-in at the latest.
UPDATE sessions SET expires_at = min(expires_at, created_at + 7776000000);

-- +goose Down
ALTER TABLE sessions DROP COLUMN replaced;
ALTER TABLE sessions DROP COLUMN refresh_key;
