package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"strings"
)

// leastPacket is the max_allowed_packet in bytes that a post of the maximum size needs: JSON has six bytes
// for some characters, and a statement has a text twice.
const leastPacket = 4 << 20

// mysqlSettings are the settings of a MySQL server in a session of the store.
type mysqlSettings struct {
	version                   string
	flush, binlog, syncBinlog int
	packet                    int64
	readOnly                  string // 0, 1, OFF, ON, and others of MariaDB 12
	sqlMode, collation, zone  string
}

func readSettings(ctx context.Context, conn *sql.Conn) (m mysqlSettings, err error) {
	err = conn.QueryRowContext(ctx, "SELECT VERSION(), @@innodb_flush_log_at_trx_commit, @@log_bin, @@sync_binlog, @@max_allowed_packet, "+
		"@@read_only, @@sql_mode, @@collation_connection, @@time_zone").
		Scan(&m.version, &m.flush, &m.binlog, &m.syncBinlog, &m.packet, &m.readOnly, &m.sqlMode, &m.collation, &m.zone)
	if err != nil {
		return m, fmt.Errorf("reading the database server's settings: %w", err)
	}
	return m, nil
}

// checkMySQL returns an error for an old server and for settings that the store cannot work with. It logs
// settings with which changes may fail, or get lost after they were acknowledged.
func checkMySQL(ctx context.Context, log *slog.Logger, conn *sql.Conn) error {
	m, err := readSettings(ctx, conn)
	if err != nil {
		return err
	}
	if err := m.unsupported(); err != nil {
		return err
	}
	for _, warning := range m.warnings() {
		log.Warn(warning)
	}
	return nil
}

// unsupported returns an error if the store cannot work with the settings.
func (m mysqlSettings) unsupported() error {
	var major, minor int
	if n, _ := fmt.Sscanf(m.version, "%d.%d", &major, &minor); n == 2 { // another form is of an unknown server
		least := "MySQL 8.0"
		old := major < 8
		if strings.Contains(strings.ToLower(m.version), "mariadb") {
			least = "MariaDB 10.6"
			old = major < 10 || major == 10 && minor < 6
		}
		if old {
			return fmt.Errorf("the database server is version %s; at least %s is needed", m.version, least)
		}
	}
	const ignored = "the database server, or the proxy before it, keeps %s=%q although each session sets %s: allow sessions to set it"
	if !strings.Contains(m.sqlMode, "STRICT_ALL_TABLES") || strings.Contains(m.sqlMode, "ANSI_QUOTES") || strings.Contains(m.sqlMode, "NO_BACKSLASH_ESCAPES") {
		return fmt.Errorf(ignored, "sql_mode", m.sqlMode, "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION")
	}
	if m.collation != "utf8mb4_bin" {
		return fmt.Errorf(ignored, "collation_connection", m.collation, "utf8mb4_bin")
	}
	if m.zone != "+00:00" {
		return fmt.Errorf(ignored, "time_zone", m.zone, "+00:00")
	}
	return nil
}

// warnings returns a sentence for each setting that should be changed.
func (m mysqlSettings) warnings() (warnings []string) {
	add := func(format string, args ...any) { warnings = append(warnings, fmt.Sprintf(format, args...)) }
	if m.flush != 1 {
		add("the database server may lose acknowledged changes when its machine fails: innodb_flush_log_at_trx_commit is %d; set it to 1", m.flush)
	}
	if m.binlog == 1 && m.syncBinlog != 1 {
		add("the database server may lose acknowledged changes when its machine fails: sync_binlog is %d; set it to 1", m.syncBinlog)
	}
	if m.binlog == 0 && strings.Contains(strings.ToLower(m.version), "mariadb") {
		add("log_bin is off: other nodes may read a change a moment before it is on the database server's disk; set log_bin and sync_binlog=1")
	}
	if m.packet < leastPacket {
		add("long posts may not be saved: max_allowed_packet of the database server is %d bytes; set it to 16M", m.packet)
	}
	if m.readOnly != "0" && m.readOnly != "OFF" {
		add("the database server takes no changes: read_only is on; point DATABASE_URL to the primary")
	}
	return warnings
}
