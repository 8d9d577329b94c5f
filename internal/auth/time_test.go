package auth_test

import (
	"errors"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/sqlstore"
)

const week = 7 * 24 * time.Hour

func TestLogin_attemptsComeBackWithTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newFixture(t, auth.Config{})
		fail := func() error {
			_, err := d.Login(t.Context(), "nobody@example.org", "wrong", from(address))
			return err
		}
		for range 10 {
			wantKind(t, "within the burst", fail(), fault.Unauthorized)
		}
		for range 2 {
			err := fail()
			wantKind(t, "past the burst", err, fault.TooMany)
			var f *fault.Error
			if !errors.As(err, &f) || f.RetryAfter != 30*time.Second {
				t.Fatalf("retry after %v", f.RetryAfter)
			}
			time.Sleep(f.RetryAfter - time.Millisecond)
			wantKind(t, "too early", fail(), fault.TooMany)
			time.Sleep(time.Millisecond)
			wantKind(t, "when it said so", fail(), fault.Unauthorized)
		}
	})
}

func TestVerify_endsWithTheToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newFixture(t, auth.Config{})
		tokens := d.login("ana@example.org")
		grant, err := d.Verify(t.Context(), tokens.Access)
		wantOK(t, "at once", err)
		if left := time.Until(grant.Expires); left <= 14*time.Minute || left > 15*time.Minute {
			t.Errorf("it ends in %v", left)
		}
		time.Sleep(time.Until(grant.Expires) - time.Millisecond)
		_, err = d.Verify(t.Context(), tokens.Access)
		wantOK(t, "just before its end", err)
		time.Sleep(time.Millisecond)
		_, err = d.Verify(t.Context(), tokens.Access)
		wantKind(t, "at its end", err, fault.Unauthorized)
		_, err = d.Refresh(t.Context(), tokens.Refresh)
		wantOK(t, "the session goes on", err)
	})
}

// A session ends 30 days after its last use, and no sooner: not even for a process that
// read it on its first day and has had no reason to read it again.
func TestSession_livesWhileItIsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newFixture(t, auth.Config{})
		tokens := d.login("ana@example.org")
		d.actor(tokens)
		var err error
		for range 3 {
			time.Sleep(2 * week)
			if tokens, err = d.Refresh(t.Context(), tokens.Refresh); err != nil {
				t.Fatal(err)
			}
			grant, err := d.Verify(t.Context(), tokens.Access)
			wantOK(t, "a fresh access token", err)
			verdicts, err := d.Recheck(t.Context(), []auth.Grant{grant})
			if err != nil || verdicts[0] != nil {
				t.Errorf("recheck: %v, %v", verdicts, err)
			}
			if want := time.Now().Add(30 * 24 * time.Hour); tokens.RefreshExpires.Sub(want).Abs() > time.Second {
				t.Errorf("the session ends at %v, want %v", tokens.RefreshExpires, want)
			}
		}
		grant, err := d.Verify(t.Context(), tokens.Access)
		wantOK(t, "verify", err)
		time.Sleep(5 * week)
		_, err = d.Refresh(t.Context(), tokens.Refresh)
		wantKind(t, "30 days without use", err, fault.Unauthorized)
		verdicts, err := d.Recheck(t.Context(), []auth.Grant{grant})
		wantOK(t, "recheck", err)
		wantKind(t, "its verdict", verdicts[0], fault.Unauthorized)
	})
}

// reporting is a store that reports changes when the test does.
type reporting struct {
	*sqlstore.Store
	changes chan struct{}
}

func (r reporting) Changes() <-chan struct{} { return r.changes }

func TestRun_readsTheRightsAgainAfterAReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := reporting{openStore(t, filepath.Join(t.TempDir(), "wiredesk.db")), make(chan struct{})}
		d := fixture{t: t, Service: service(t, store, auth.Config{})}
		d.add("ana@example.org", auth.Admin)
		other := service(t, store, auth.Config{}) // as in another process: only the database connects them
		var changes atomic.Int32
		d.OnChange(func() { changes.Add(1) })
		done := make(chan error, 1)
		go func() { done <- d.Run(t.Context()) }()
		t.Cleanup(func() { wantOK(t, "Run", <-done) })

		tokens := d.login("ana@example.org")
		actor := d.actor(tokens)
		for range 10 {
			store.changes <- struct{}{}
		}
		synctest.Wait()
		if changes.Load() != 1 {
			t.Errorf("%d changes were reported before there was any", changes.Load()-1)
		}
		wantOK(t, "revoke elsewhere", other.RevokeSession(t.Context(), actor, actor.SessionID))
		_, err := d.Verify(t.Context(), tokens.Access)
		wantOK(t, "not known here yet", err)
		store.changes <- struct{}{}
		synctest.Wait()
		_, err = d.Verify(t.Context(), tokens.Access)
		wantKind(t, "after a report", err, fault.Unauthorized)
		if changes.Load() != 2 {
			t.Errorf("%d changes were reported", changes.Load()-1)
		}
	})
}

// An unknown and a disabled account cost as much as a wrong password: neither the text nor the time
// discloses accounts.
func TestLogin_costsTheSame(t *testing.T) {
	d := newFixture(t, auth.Config{})
	off := true
	_, err := d.UpdateUser(t.Context(), auth.System, d.add("dora@example.org", auth.Editor).ID, auth.UserChange{Disabled: &off})
	wantOK(t, "disable", err)
	cost := func(email string) time.Duration {
		least := time.Hour
		for range 3 {
			before := cpu(t)
			_, err := d.Login(t.Context(), email, "wrong", from(address))
			wantKind(t, email, err, fault.Unauthorized)
			least = min(least, cpu(t)-before)
		}
		return least
	}
	wrong := cost("ana@example.org")
	for _, email := range []string{"nobody@example.org", "dora@example.org"} {
		if c := cost(email); c < wrong/2 || c > wrong*2 {
			t.Errorf("%s costs %v, a wrong password %v", email, c, wrong)
		}
	}
}

func cpu(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
