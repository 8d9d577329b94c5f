package sqlstore

import (
	"strings"
	"testing"
)

// TestSettings: each error and warning at the start names its setting in one sentence.
func TestSettings(t *testing.T) {
	good := mysqlSettings{version: "10.11.19-MariaDB", flush: 1, binlog: 1, syncBinlog: 1, packet: 16 << 20, readOnly: "0",
		sqlMode: "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION", collation: "utf8mb4_bin", zone: "+00:00"}
	for _, c := range []struct {
		name                 string
		change               func(*mysqlSettings)
		unsupported, warning string // a part; empty: none
	}{
		{"good", func(*mysqlSettings) {}, "", ""},
		{"old MariaDB", func(m *mysqlSettings) { m.version = "10.5.9-MariaDB" }, "MariaDB 10.6", ""},
		{"old MySQL", func(m *mysqlSettings) { m.version = "5.7.44" }, "MySQL 8.0", ""},
		{"MySQL without a binary log", func(m *mysqlSettings) { m.version, m.binlog, m.syncBinlog = "8.4.3", 0, 0 }, "", ""},
		{"MariaDB without a binary log", func(m *mysqlSettings) { m.binlog, m.syncBinlog = 0, 0 }, "", "log_bin"},
		{"flush", func(m *mysqlSettings) { m.flush = 2 }, "", "innodb_flush_log_at_trx_commit is 2"},
		{"sync_binlog", func(m *mysqlSettings) { m.syncBinlog = 0 }, "", "sync_binlog is 0"},
		{"packet of 4 MiB", func(m *mysqlSettings) { m.packet = 4 << 20 }, "", ""},
		{"packet below", func(m *mysqlSettings) { m.packet = 4<<20 - 1024 }, "", "max_allowed_packet"},
		{"read_only", func(m *mysqlSettings) { m.readOnly = "1" }, "", "read_only"},
		{"read_only by name", func(m *mysqlSettings) { m.readOnly = "NO_LOCK" }, "", "read_only"},
		{"mode", func(m *mysqlSettings) { m.sqlMode = "NO_ENGINE_SUBSTITUTION" }, "sql_mode", ""},
		{"quotes", func(m *mysqlSettings) { m.sqlMode += ",ANSI_QUOTES" }, "sql_mode", ""},
		{"collation", func(m *mysqlSettings) { m.collation = "utf8mb4_general_ci" }, "collation_connection", ""},
		{"zone", func(m *mysqlSettings) { m.zone = "SYSTEM" }, "time_zone", ""},
	} {
		m := good
		c.change(&m)
		err := m.unsupported()
		if (err == nil) != (c.unsupported == "") || err != nil && !strings.Contains(err.Error(), c.unsupported) {
			t.Errorf("%s: refused with %v, want %q", c.name, err, c.unsupported)
		}
		warnings := strings.Join(m.warnings(), "\n")
		if (warnings == "") != (c.warning == "") || !strings.Contains(warnings, c.warning) {
			t.Errorf("%s: warned %q, want %q", c.name, warnings, c.warning)
		}
	}
}
