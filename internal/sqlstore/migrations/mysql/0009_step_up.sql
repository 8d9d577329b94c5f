-- +goose Up
-- must_change_password: the password was set by somebody else. authenticated_at: when the
-- session last proved the password of its account. Each statement may run again after a
-- start that ended in the middle.
SET @add = IF((SELECT count(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'users' AND column_name = 'must_change_password') = 0,
  'ALTER TABLE users ADD COLUMN must_change_password BOOLEAN NOT NULL DEFAULT 0', 'DO 0');
PREPARE add_columns FROM @add;
EXECUTE add_columns;
SET @add = IF((SELECT count(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'sessions' AND column_name = 'authenticated_at') = 0,
  'ALTER TABLE sessions ADD COLUMN authenticated_at BIGINT NOT NULL DEFAULT 0', 'DO 0');
PREPARE add_columns FROM @add;
EXECUTE add_columns;
DEALLOCATE PREPARE add_columns;

-- +goose Down
ALTER TABLE sessions DROP COLUMN authenticated_at;
ALTER TABLE users DROP COLUMN must_change_password;
