package sqlstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"strings"
)

// The table installation has one row. Its id identifies the installation and never changes. Its epoch
// identifies the history of the event log: within an epoch no number is assigned twice.

const epochLength = 10

// randomID returns n random characters of a-z and 2-7.
func randomID(n int) string { return strings.ToLower(rand.Text()[:n]) }

// nameInstallation inserts the row.
func nameInstallation(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO installation (number, id, epoch) SELECT 1, ?, ? FROM counters WHERE name = 'seq' AND NOT EXISTS (SELECT 1 FROM installation)",
		randomID(16), randomID(epochLength))
	if err != nil {
		return fmt.Errorf("naming the installation: %w", err)
	}
	return nil
}

func unnameInstallation(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM installation")
	return err
}

func (db *database) loadInstallation(ctx context.Context) error {
	if err := db.read.QueryRowContext(ctx, "SELECT id FROM installation").Scan(&db.install); err != nil {
		return fmt.Errorf("reading the installation's id: %w", classify(err))
	}
	return nil
}

// Installation returns the id of the installation: 16 characters of a-z and 2-7.
func (db *database) Installation() string { return db.install }

// NewEpoch starts a new epoch of the event log if the current one is old, and returns the current epoch.
// It resets the watermark to 0 and ends the relay's term, so that all events of the log are published
// again with the new epoch. It requests a rebuild of the search index, which may have words of the
// earlier history.
func (s *relayStore) NewEpoch(ctx context.Context, old string) (epoch string, err error) {
	err = s.updateFirst(ctx, func(t *tx) error {
		if err := t.row("SELECT epoch FROM installation" + s.dialect.forUpdate).Scan(&epoch); err != nil || epoch != old {
			return err
		}
		epoch = randomID(epochLength)
		if err := t.exec("UPDATE installation SET epoch = ?", epoch); err != nil {
			return err
		}
		if err := t.rebuildIndex(); err != nil {
			return err
		}
		return t.exec("UPDATE lease SET watermark = 0, fence = fence + 1, holder = '', expires_at = 0")
	})
	if err != nil {
		return "", fmt.Errorf("beginning a new epoch of the event log: %w", err)
	}
	return epoch, nil
}
