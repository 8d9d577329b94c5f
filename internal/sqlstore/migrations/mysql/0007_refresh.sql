-- +goose Up
-- refresh_key: derives each refresh token from the one before; empty until the next refresh
-- of a session of an older version. replaced: when the latest tokens were replaced, the
-- newest first, 8 bytes each. Each statement may run again after a start that ended in the middle.
SET @add = IF((SELECT count(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'sessions' AND column_name = 'refresh_key') = 0,
  'ALTER TABLE sessions ADD COLUMN refresh_key VARBINARY(32) NOT NULL DEFAULT '''', ADD COLUMN replaced VARBINARY(512) NOT NULL DEFAULT ''''', 'DO 0');
PREPARE add_columns FROM @add;
EXECUTE add_columns;
DEALLOCATE PREPARE add_columns;
-- A session ends 90 days after its sign-in at the latest.
UPDATE sessions SET expires_at = LEAST(expires_at, created_at + 7776000000);

-- +goose Down
ALTER TABLE sessions DROP COLUMN replaced, DROP COLUMN refresh_key;
