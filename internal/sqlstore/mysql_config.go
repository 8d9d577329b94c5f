package sqlstore

import (
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// A writer holds the lock of the row that numbers the events. If its process hangs or its network is cut,
// the server must release the lock: it closes a session after sessionTimeout without a statement.
// Others wait longer than that for the lock.
const (
	sessionTimeout = 3 * time.Second
	lockTimeout    = 5 * time.Second
	dialTimeout    = 3 * time.Second
	ioTimeout      = 7 * time.Second // of one answer; more than lockTimeout
)

const (
	maxIdleWriters = 1
	readConns      = 16
	// connLifetime is the maximum age of a read connection.
	connLifetime = 5 * time.Minute
)

// mysqlConfig parses mysql://user:password@host:port/name?tls=…. Its errors contain no password.
func mysqlConfig(raw string) (*mysql.Config, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" || u.Fragment != "" {
		return nil, errors.New("cannot be read: write the characters /, ?, #, @, % and : of a user name or password as %2F, %3F, %23, %40, %25 and %3A")
	}
	cfg := mysql.NewConfig()
	cfg.User = u.User.Username()
	cfg.Passwd, _ = u.User.Password()
	cfg.Net, cfg.DBName = "tcp", strings.TrimPrefix(u.Path, "/")
	port := u.Port()
	if port == "" {
		port = "3306"
	}
	cfg.Addr = net.JoinHostPort(u.Hostname(), port)
	n, err := strconv.Atoi(port)
	switch {
	case u.Hostname() == "" || strings.ContainsAny(u.Hostname(), "()"):
		return nil, errors.New("names no host")
	case err != nil || n < 1 || n > 65535:
		return nil, errors.New("has a port that is not from 1 to 65535")
	case cfg.User == "":
		return nil, errors.New("names no user")
	case cfg.DBName == "" || strings.Contains(cfg.DBName, "/"):
		return nil, errors.New("must end with the name of one database")
	}
	for name, values := range u.Query() {
		if name != "tls" {
			return nil, fmt.Errorf("has the option %q; tls is the only one", name)
		}
		switch cfg.TLSConfig = values[0]; cfg.TLSConfig {
		case "true", "false", "skip-verify", "preferred":
		default:
			return nil, errors.New("has a tls that is not true, false, skip-verify or preferred")
		}
	}
	cfg.Collation = "utf8mb4_bin"
	cfg.ClientFoundRows = true // RowsAffected counts matched rows, as on SQLite
	cfg.InterpolateParams = true
	cfg.Timeout = dialTimeout
	cfg.Params = map[string]string{"sql_mode": "'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'", "time_zone": "'+00:00'", "autocommit": "1"}
	return cfg, nil
}

type driverLog struct{ *slog.Logger }

func (l driverLog) Print(v ...any) { l.Debug("mysql driver", "error", fmt.Sprint(v...)) }

// mysqlPool creates a pool for the URL of db; change adapts its configuration.
func mysqlPool(db *database, change func(*mysql.Config)) (*sql.DB, error) {
	cfg, err := mysqlConfig(db.cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL %w", err)
	}
	cfg.Logger = driverLog{db.cfg.Logger}
	change(cfg)
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	return sql.OpenDB(&serverConnector{connector, &db.server}), nil
}

func openMySQL(db *database) (write, read *sql.DB, err error) {
	write, err = mysqlPool(db, func(cfg *mysql.Config) {
		cfg.MaxAllowedPacket = 0 // use the server's limit; the server closes a connection that exceeds it
		cfg.ReadTimeout, cfg.WriteTimeout = ioTimeout, ioTimeout
		cfg.Params["innodb_lock_wait_timeout"] = seconds(lockTimeout)
		for _, name := range []string{"wait_timeout", "net_read_timeout", "net_write_timeout"} {
			cfg.Params[name] = seconds(sessionTimeout)
		}
	})
	if err != nil {
		return nil, nil, err
	}
	write.SetMaxIdleConns(maxIdleWriters)
	write.SetConnMaxIdleTime(sessionTimeout / 3)
	read, err = mysqlPool(db, func(cfg *mysql.Config) { cfg.ReadTimeout, cfg.WriteTimeout = ioTimeout, ioTimeout })
	if err != nil {
		write.Close()
		return nil, nil, err
	}
	read.SetMaxOpenConns(readConns)
	read.SetMaxIdleConns(readConns)
	read.SetConnMaxIdleTime(time.Minute)
	read.SetConnMaxLifetime(connLifetime)
	db.probe, err = mysqlPool(db, func(cfg *mysql.Config) { cfg.ReadTimeout, cfg.WriteTimeout = dialTimeout, dialTimeout })
	if err != nil {
		return nil, nil, errors.Join(err, write.Close(), read.Close())
	}
	db.probe.SetMaxIdleConns(-1)
	return write, read, nil
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
