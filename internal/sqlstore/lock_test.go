package sqlstore_test

import (
	"sync"
	"testing"
	"time"

	"github.com/wiredesk/wiredesk/internal/post"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
	"github.com/wiredesk/wiredesk/internal/testkit"
)

// TestMySQL_postsAreLocked: a transaction that reads a post to change it waits for another
// node's that does the same, and reads what that one has stored.
func TestMySQL_postsAreLocked(t *testing.T) {
	onMySQL(t, func(t *testing.T, url string) {
		first, second := open(t, sqlstore.Config{URL: url}), open(t, sqlstore.Config{URL: url})
		id := mustAdd(t, first, post.Summary{Title: "0"}, "")
		read := make(chan int64, 10) // the versions that the second transaction reads
		var other sync.WaitGroup
		var once sync.Once
		testkit.Must(t, first.Update(t.Context(), id, func(tx post.Tx) error {
			if err := change(tx, id, func(p *post.Post) { p.Title += " first" }); err != nil {
				return err
			}
			once.Do(func() {
				other.Go(func() {
					err := second.Update(t.Context(), id, func(tx post.Tx) error {
						p, err := tx.Get(id)
						read <- p.Version
						return err
					})
					if err != nil {
						t.Error(err)
					}
				})
				select {
				case v := <-read:
					t.Errorf("the second transaction reads version %d while the first holds the post", v)
				case <-time.After(500 * time.Millisecond): // which a lock takes, and no lock would not
				}
			})
			return nil
		}))
		other.Wait()
		close(read)
		if v, ok := <-read; ok && v != 2 {
			t.Errorf("the second transaction reads version %d, want 2", v)
		}
	})
}
