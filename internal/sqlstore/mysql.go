package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-sql-driver/mysql"
	"github.com/pressly/goose/v3"
)

const raiseCounter = "UPDATE counters SET value = LAST_INSERT_ID(value + ?) WHERE name = ?"

var mysqlDialect = dialect{
	open:    openMySQL,
	goose:   goose.DialectMySQL,
	schema:  "migrations/mysql",
	prepare: prepareMySQL,
	advice:  mysqlAdvice,

	writers: 2,
	setup:   []string{"SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"},
	beat:    time.Second,

	yieldFactor: 1, // only the row that numbers the events is locked for all

	begin:     "START TRANSACTION",
	connected: func(*writer) error { return nil },
	commitUncertain: func(err error) bool { // a proxy before the server may answer with any error
		class := classOf(err)
		return err != nil && class != conflict && class != duplicate && class != diskFull
	},
	forShare:  " LOCK IN SHARE MODE", // MariaDB has no FOR SHARE
	forUpdate: " FOR UPDATE",
	now:       "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)",
	index:     "FORCE INDEX (%s)",
	byID:      "FORCE INDEX (PRIMARY)",
	raise: func(t *tx, counter string, by int64) (int64, error) {
		res, err := t.write(raiseCounter, by, counter)
		if err != nil {
			return 0, err
		}
		return res.LastInsertId()
	},
	idBlock: 64,
	stamp:   uniqueStamp,
	rows:    maxGroup,

	wordsID:    "post_id",
	words:      mysqlWords,
	matchIndex: "PRIMARY",
	matching:   "id IN (SELECT post_id FROM %s WHERE MATCH (words) AGAINST (? IN BOOLEAN MODE))",
	// MariaDB reads the comment, and MySQL the hint.
	seek: "/*M!100100 SET STATEMENT max_statement_time=2 FOR */ SELECT /*+ MAX_EXECUTION_TIME(2000) */",
	match: func(s search) string {
		words := s.words()
		terms := make([]string, len(words))
		for i, w := range words {
			terms[i] = "+" + string(appendToken(nil, w)) + "*"
		}
		return strings.Join(terms, " ")
	},
}

// A connection that writes holds the row that numbers the events. One whose process
// stands still, or whose network is cut, must not keep it: the server ends what it has
// not heard of for patience, and others wait for longer than that.
const (
	patience = 3 * time.Second
	lockWait = 5 * time.Second
	dialTime = 3 * time.Second
	ioTime   = 7 * time.Second // of one answer; more than lockWait
)

const (
	writeIdle = 1
	readConns = 16
	// connLifetime bounds how long a connection that reads is used.
	connLifetime = 5 * time.Minute
)

// mysqlConfig reads mysql://user:password@host:port/name?tls=…. Its error shows no password.
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
	cfg.ClientFoundRows = true // rows affected are those found, as SQLite has it
	cfg.InterpolateParams = true
	cfg.Timeout = dialTime
	cfg.Params = map[string]string{"sql_mode": "'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'", "time_zone": "'+00:00'", "autocommit": "1"}
	return cfg, nil
}

type driverLog struct{ *slog.Logger }

func (l driverLog) Print(v ...any) { l.Debug("mysql driver", "error", fmt.Sprint(v...)) }

// mysqlPool opens a pool of s's database with more session variables, in seconds.
func mysqlPool(s *Store, change func(*mysql.Config)) (*sql.DB, error) {
	cfg, err := mysqlConfig(s.cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL %w", err)
	}
	cfg.Logger = driverLog{s.cfg.Logger}
	change(cfg)
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	return sql.OpenDB(&serverConnector{connector, &s.server}), nil
}

func openMySQL(s *Store) (write, read *sql.DB, err error) {
	write, err = mysqlPool(s, func(cfg *mysql.Config) {
		cfg.MaxAllowedPacket = 0 // the driver asks the server, which would close the connection
		cfg.ReadTimeout, cfg.WriteTimeout = ioTime, ioTime
		cfg.Params["innodb_lock_wait_timeout"] = seconds(lockWait)
		for _, name := range []string{"wait_timeout", "net_read_timeout", "net_write_timeout"} {
			cfg.Params[name] = seconds(patience)
		}
	})
	if err != nil {
		return nil, nil, err
	}
	write.SetMaxIdleConns(writeIdle)
	write.SetConnMaxIdleTime(patience / 3)
	read, err = mysqlPool(s, func(cfg *mysql.Config) { cfg.ReadTimeout, cfg.WriteTimeout = ioTime, ioTime })
	if err != nil {
		write.Close()
		return nil, nil, err
	}
	read.SetMaxOpenConns(readConns)
	read.SetMaxIdleConns(readConns)
	read.SetConnMaxIdleTime(time.Minute)
	read.SetConnMaxLifetime(connLifetime)
	s.probe, err = mysqlPool(s, func(cfg *mysql.Config) { cfg.ReadTimeout, cfg.WriteTimeout = dialTime, dialTime })
	if err != nil {
		return nil, nil, errors.Join(err, write.Close(), read.Close())
	}
	s.probe.SetMaxIdleConns(-1)
	return write, read, nil
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// prepareMySQL holds a lock of the server's while one of several starting nodes migrates.
func prepareMySQL(ctx context.Context, s *Store) (db *sql.DB, done func(), err error) {
	db, err = mysqlPool(s, func(*mysql.Config) {}) // a migration may take long: nothing is timed out
	if err != nil {
		return nil, nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		db.Close()
		return nil, nil, mysqlAdvice(err, s.cfg.URL)
	}
	done = func() {
		conn.Close()
		db.Close() // which gives the lock back
	}
	if err := checkMySQL(ctx, s.cfg.Logger, conn); err != nil {
		done()
		return nil, nil, err
	}
	var got sql.NullInt64
	if err := conn.QueryRowContext(ctx, "SELECT GET_LOCK(LEFT(CONCAT('wiredesk ', DATABASE()), 64), 60)").Scan(&got); err != nil || got.Int64 != 1 {
		done()
		return nil, nil, orElse(err, errors.New("another node has been migrating the database for more than a minute"))
	}
	return db, done, nil
}

// mysqlAdvice says of an error at the start what it means and what to do.
func mysqlAdvice(err error, raw string) error {
	cfg, _ := mysqlConfig(raw)
	var e *mysql.MySQLError
	var n *net.OpError
	if errors.As(err, &n) {
		return fmt.Errorf("DATABASE_URL: no database server answers at %s: %w", cfg.Addr, err)
	}
	if !errors.As(err, &e) {
		e = &mysql.MySQLError{}
	}
	switch e.Number {
	case 1045, 1698:
		return fmt.Errorf("DATABASE_URL: the server at %s refuses the user %q: check the name and the password (%w)", cfg.Addr, cfg.User, err)
	case 1044:
		return fmt.Errorf("DATABASE_URL: the user %q has no rights on the database %q: GRANT ALL ON %s.* TO that user (%w)", cfg.User, cfg.DBName, cfg.DBName, err)
	case 1049:
		return fmt.Errorf("DATABASE_URL: the server at %s has no database %q: CREATE DATABASE %s (%w)", cfg.Addr, cfg.DBName, cfg.DBName, err)
	}
	return fmt.Errorf("DATABASE_URL: connecting to %s: %w", cfg.Addr, err)
}

// mysqlWords makes tokens of the words, each once. The server's own rules leave them as
// they are: a token begins with two underscores, so it is never too short nor a stop word;
// it has ASCII letters and digits only, for the server splits words at marks; and it is
// not too long. What begins with a word begins with its token.
func mysqlWords(folded string) string {
	b := make([]byte, 0, 2*len(folded))
	seen := make(map[string]struct{}, len(folded)/8)
	for w := range strings.FieldsSeq(folded) {
		if _, twice := seen[w]; !twice {
			seen[w] = struct{}{}
			b = append(appendToken(b, w), ' ')
		}
	}
	return string(b)
}

func appendToken(b []byte, word string) []byte {
	const longest = 80 // of 84
	end := len(b) + longest
	b = append(b, "__"...)
	for i := 0; i < len(word) && len(b) < end; i++ {
		if c := word[i]; c < utf8.RuneSelf {
			b = append(b, c)
		} else {
			b = append(b, 'A'+c>>4, 'A'+c&15)
		}
	}
	return b[:min(len(b), end)]
}
