package sqlstore_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
	"github.com/wiredesk/wiredesk/test/services"
)

// TestMySQL_smallPackets: the start warns of a max_allowed_packet that is too small for some
// posts, and such a post is refused with the setting's name. The other writes of its group are
// stored, and the store stays healthy.
func TestMySQL_smallPackets(t *testing.T) {
	if !services.Running() {
		return
	}
	t.Parallel()
	server := services.NewServer(t, "--max-allowed-packet=1M", "--innodb-flush-log-at-trx-commit=2", "--log-bin", "--sync-binlog=0", "--read-only=0")
	logged := &testkit.LogBuffer{}
	store := open(t, sqlstore.Config{URL: server.URL, Logger: slog.New(slog.NewTextHandler(logged, nil))})
	for _, setting := range []string{"max_allowed_packet of the database server is 1048576 bytes; set it to 16M", "innodb_flush_log_at_trx_commit is 2", "sync_binlog is 0"} {
		if !strings.Contains(logged.String(), setting) {
			t.Errorf("the start does not warn of %s:\n%s", setting, logged)
		}
	}
	small := make(chan error, 8)
	for range cap(small) {
		go func() {
			small <- store.Update(t.Context(), 0, func(tx post.Tx) error { _, err := add(tx, post.Summary{Title: "small"}, "x"); return err })
		}()
	}
	for _, content := range []string{strings.Repeat("<", 249_000), strings.Repeat("x", 1<<20), strings.Repeat("x", 600_000)} {
		err := store.Update(t.Context(), 0, func(tx post.Tx) error { _, err := add(tx, post.Summary{Title: "large"}, content); return err })
		if len(content) == 600_000 {
			testkit.Must(t, err)
			continue
		}
		wantKind(t, err, fault.Full)
		if err == nil || !strings.Contains(err.Error(), "max_allowed_packet") {
			t.Errorf("a large post: %v", err)
		}
		mustBeHealthy(t, store)
	}
	for range cap(small) {
		testkit.Must(t, <-small)
	}
	if n := len(log(t, store)); n != 9 {
		t.Errorf("%d events", n)
	}
}
