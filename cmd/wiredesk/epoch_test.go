package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "github.com/go-sql-driver/mysql"

	"github.com/wiredesk/wiredesk/internal/testkit"
	testservices "github.com/wiredesk/wiredesk/test/services"
)

// list is what GET /api/posts answers.
type list struct {
	Items []struct {
		Title   string
		Version int64
	}
	Cursor int64
	Epoch  string
}

func (p *process) list(token string) (l list) {
	p.Helper()
	testkit.Must(p, json.Unmarshal([]byte(p.want(200, token, "GET /api/posts", "").body), &l))
	return l
}

// wantRefresh resumes with a position of an earlier epoch and fails unless the answer is refresh.
func (p *process) wantRefresh(token string, old list) {
	p.Helper()
	now := p.list(token)
	s := p.connectAt(token, fmt.Sprintf("?cursor=%d&epoch=%s", old.Cursor, url.QueryEscape(old.Epoch)))
	if w := s.next(); w.Resume != "refresh" || w.Epoch != now.Epoch || now.Epoch == old.Epoch {
		p.Errorf("welcome %+v; the list has the epoch %s, and had %s", w, now.Epoch, old.Epoch)
	}
	created := p.create(token, "After the restore")
	for seq := int64(0); seq <= now.Cursor; {
		f := s.next()
		if seq = f.Seq; f.Data["id"] == created {
			return
		}
	}
}

func (p *process) create(token, title string) (id any) {
	p.Helper()
	var made map[string]any
	testkit.Must(p, json.Unmarshal([]byte(p.want(201, token, "POST /api/posts", fmt.Sprintf(`{"title":%q}`, title)).body), &made))
	return made["id"]
}

// A backup of the database file is put back while Wiredesk is stopped; the topic keeps its records.
func TestServe_restoredFile(t *testing.T) {
	dir, backup := t.TempDir(), t.TempDir()
	settings := map[string]string{"ADMIN_PASSWORD": testWord}
	p := boot(t, dir, settings)
	token := p.signIn("admin@localhost", testWord)
	for n := range 3 {
		p.create(token, fmt.Sprint("Kept ", n))
	}
	p.stop()
	database := func(to, from string) {
		for _, file := range []string{"wiredesk.db", "wiredesk.db-wal", "wiredesk.db-shm"} {
			b, err := os.ReadFile(filepath.Join(from, file))
			if os.IsNotExist(err) {
				os.Remove(filepath.Join(to, file))
				continue
			}
			testkit.Must(t, err)
			testkit.Must(t, os.WriteFile(filepath.Join(to, file), b, 0o600))
		}
	}
	database(backup, dir)

	p = boot(t, dir, settings)
	if l := p.list(token); len(l.Items) != 3 {
		t.Fatalf("after a restart: %+v", l)
	}
	for n := range 3 {
		p.create(token, fmt.Sprint("Lost ", n))
	}
	before := p.list(token)
	testkit.Eventually(t, "all is published", func() bool { return p.metric(`wiredesk_relay_waiting_events\{\S+\}`) == 0 })
	p.stop()
	database(dir, backup)

	p = boot(t, dir, settings)
	if l := p.list(token); len(l.Items) != 3 || l.Epoch == before.Epoch {
		t.Errorf("after the restore: %+v, before: %+v", l, before)
	}
	p.wantRefresh(token, before)
	testkit.Eventually(t, "all is published", func() bool { return p.metric(`wiredesk_relay_waiting_events\{\S+\}`) == 0 })
	proves(t, map[string]string{"DATA_DIR": dir, "KAFKA_EMBEDDED_LISTEN": p.kafka}, "", "", "of earlier epochs: 6", "\nverified: ")
	if n := strings.Count(p.log.String(), "event log rolled back (database restored?)"); n != 1 {
		t.Errorf("the new epoch is logged %d times:\n%s", n, p.log)
	}
	proves(t, map[string]string{"DATA_DIR": dir, "KAFKA_EMBEDDED_LISTEN": p.kafka}, "--new-epoch", "")
	again := p.list(token)
	if again.Epoch == before.Epoch || len(again.Items) != 4 {
		t.Errorf("after --new-epoch: %+v", again)
	}
	p.wantRefresh(token, list{Cursor: 2, Epoch: before.Epoch})
}

// restorer keeps a copy of all tables of a MariaDB database.
type restorer struct {
	*testing.T
	db     *sql.DB
	tables []string
}

func backUp(t *testing.T, raw string) *restorer {
	t.Helper()
	u, err := url.Parse(raw)
	testkit.Must(t, err)
	db, err := sql.Open("mysql", u.User.String()+"@tcp("+u.Host+")"+u.Path)
	testkit.Must(t, err)
	t.Cleanup(func() { db.Close() })
	r := &restorer{T: t, db: db}
	rows, err := db.Query("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()")
	testkit.Must(t, err)
	defer rows.Close()
	for rows.Next() {
		var name string
		testkit.Must(t, rows.Scan(&name))
		r.tables = append(r.tables, name)
	}
	testkit.Must(t, rows.Err())
	for _, name := range r.tables {
		_, err := db.Exec("CREATE TABLE backup_" + name + " AS SELECT * FROM " + name)
		testkit.Must(t, err)
	}
	return r
}

// restore puts the copy back, between two transactions of the nodes.
func (r *restorer) restore() {
	r.Helper()
	conn, err := r.db.Conn(r.Context())
	testkit.Must(r, err)
	defer conn.Close()
	locks := make([]string, 0, 2*len(r.tables))
	for _, name := range r.tables {
		locks = append(locks, name+" WRITE", "backup_"+name+" WRITE")
	}
	statements := []string{"SET foreign_key_checks = 0", "LOCK TABLES " + strings.Join(locks, ", ")}
	for _, name := range r.tables {
		statements = append(statements, "DELETE FROM "+name, "INSERT INTO "+name+" SELECT * FROM backup_"+name)
	}
	for _, statement := range append(statements, "UNLOCK TABLES") {
		_, err := conn.ExecContext(r.Context(), statement)
		testkit.Must(r, err)
	}
}

// A backup is restored while two nodes serve and write. Both close every socket, clients refresh,
// and the nodes show the data of the database.
func TestNodes_restoredUnderThem(t *testing.T) {
	if !testservices.Running() { // make test reports it
		return
	}
	url := testservices.MySQL(t)
	settings := clusterSettings(testservices.Topic(t))
	a, b := bootTwo(t, url, settings)
	nodes := []*process{a, b}
	token := a.signIn("admin@localhost", testWord)
	for n := range 5 {
		a.create(token, fmt.Sprint("Kept ", n))
	}
	backup := backUp(t, url)
	for n := range 10 {
		nodes[n%2].create(token, fmt.Sprint("Lost ", n))
	}
	before := a.list(token)
	sockets := []*socket{a.connectAt(token, ""), b.connectAt(token, "")}
	for _, s := range sockets {
		s.next()
	}
	writing := make(chan struct{})
	var writers sync.WaitGroup
	for _, p := range nodes {
		writers.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-writing:
					return
				default:
					p.call("POST /api/posts", fmt.Sprintf(`{"title":"Meanwhile %d"}`, n), "Authorization: Bearer "+token)
				}
			}
		})
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("a:\n%s\nb:\n%s", a.log, b.log)
		}
	})
	backup.restore()
	for i, s := range sockets {
		if code, _ := s.closed(); code != 1012 {
			t.Errorf("node %d closed with %d", i, code)
		}
	}
	close(writing)
	writers.Wait()
	testkit.Eventually(t, "both nodes have the same epoch", func() bool {
		one, two := a.list(token), b.list(token)
		return one.Epoch == two.Epoch && one.Epoch != before.Epoch
	})
	for _, p := range nodes {
		p.wantRefresh(token, before)
	}
	testkit.Eventually(t, "all is published", func() bool { return a.metric(`wiredesk_relay_waiting_events\{\S+\}`) == 0 })
	for _, name := range backup.tables {
		_, err := backup.db.Exec("DROP TABLE backup_" + name)
		testkit.Must(t, err)
	}
	settings["DATABASE_URL"], settings["JWT_SECRET"] = url, strings.Repeat("shared ", 8)
	proves(t, settings, "", "", "\nverified: ")
}
