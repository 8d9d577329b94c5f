package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// Stats are figures of an open database.
type Stats struct {
	Waiting     int // writes that wait for a commit; at maxQueue further ones are refused
	Read, Write sql.DBStats
}

// Stats returns the present figures. It costs no query.
func (s *Store) Stats() Stats {
	return Stats{Waiting: len(s.queue) + len(s.urgent), Read: s.read.db.Stats(), Write: s.write.Stats()}
}

// Size returns the size of the database in bytes: of the SQLite file without its log, or of MySQL's tables and
// indexes as the server estimates them.
func (s *Store) Size(ctx context.Context) (bytes int64, err error) {
	query := "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
	if strings.HasPrefix(s.cfg.URL, "mysql://") {
		query = "SELECT CAST(COALESCE(SUM(data_length + index_length), 0) AS SIGNED) FROM information_schema.tables WHERE table_schema = DATABASE()"
	}
	if err := s.read.QueryRowContext(ctx, query).Scan(&bytes); err != nil {
		return 0, fmt.Errorf("reading the size of the database: %w", classify(err))
	}
	return bytes, nil
}
