package auth_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
)

const grace = 30 * time.Second

func (d fixture) refresh(token string) auth.Tokens {
	d.t.Helper()
	tokens, err := d.Refresh(d.t.Context(), token)
	if err != nil {
		d.t.Fatal(err)
	}
	return tokens
}

func (d fixture) wantEnded(what string, tokens auth.Tokens) {
	d.t.Helper()
	_, err := d.Verify(d.t.Context(), tokens.Access)
	wantKind(d.t, what, err, fault.Unauthorized)
	_, err = d.Refresh(d.t.Context(), tokens.Refresh)
	wantKind(d.t, what, err, fault.Unauthorized)
}

// A token that was replaced within 30 seconds is answered with the newest one, however many
// refreshes lie between. Used later, it ends the session.
func TestRefresh_grace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newFixture(t, auth.Config{})
		first := d.login("ana@example.org")
		second := d.refresh(first.Refresh)
		if second.Refresh == first.Refresh || second.Access == first.Access {
			t.Error("the tokens are the same as before")
		}
		if again := d.refresh(first.Refresh); again.Refresh != second.Refresh {
			t.Error("the first token is not answered with its successor")
		}
		time.Sleep(grace - time.Second)
		third := d.refresh(second.Refresh)
		for name, token := range map[string]string{"first": first.Refresh, "second": second.Refresh} {
			if again := d.refresh(token); again.Refresh != third.Refresh {
				t.Errorf("the %s token is not answered with the third", name)
			}
		}
		time.Sleep(time.Second)
		if again := d.refresh(first.Refresh); again.Refresh != third.Refresh {
			t.Error("30 s are not over")
		}
		time.Sleep(time.Millisecond)
		if again := d.refresh(second.Refresh); again.Refresh != third.Refresh {
			t.Error("the second token was replaced later than the first")
		}
		_, err := d.Refresh(t.Context(), first.Refresh)
		wantKind(t, "the first token after 30 s", err, fault.Unauthorized)
		d.wantEnded("the session after that", third)
	})
}

// However long ago a token was replaced, its use ends the session.
func TestRefresh_oldTokenEndsTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newFixture(t, auth.Config{})
		first := d.login("ana@example.org")
		last := first
		for range 100 {
			time.Sleep(time.Minute)
			last = d.refresh(last.Refresh)
		}
		_, err := d.Refresh(t.Context(), first.Refresh)
		wantKind(t, "used again", err, fault.Unauthorized)
		d.wantEnded("the session after that", last)
	})
}

func TestRefresh_unknownTokenChangesNothing(t *testing.T) {
	d := newFixture(t, auth.Config{})
	tokens, other := d.login("ana@example.org"), d.login("ana@example.org")
	id, secret, _ := strings.Cut(tokens.Refresh, ".")
	_, otherSecret, _ := strings.Cut(other.Refresh, ".")
	changed := []byte(secret)
	changed[0] ^= 1
	for name, token := range map[string]string{
		"empty": "", "no dot": id + secret, "unknown session": "AAAA." + secret, "no secret": id + ".", "a guess": id + ".bogus",
		"the secret of another session": id + "." + otherSecret, "a changed secret": id + "." + string(changed), "a longer secret": tokens.Refresh + "x",
		"random bytes of the right length": id + "." + strings.Repeat("A", len(secret)),
	} {
		_, err := d.Refresh(t.Context(), token)
		wantKind(t, name, err, fault.Unauthorized)
		wantKind(t, name+" at the sign-out", d.Logout(t.Context(), "", token), fault.Unauthorized)
	}
	_, err := d.Verify(t.Context(), tokens.Access)
	wantOK(t, "the session goes on", err)
	d.refresh(tokens.Refresh)
	_, err = newFixture(t, auth.Config{}).Refresh(t.Context(), tokens.Refresh)
	wantKind(t, "another installation's", err, fault.Unauthorized)
}

// Tabs, also on different nodes, that refresh with one token at the same time get the same successor.
func TestRefresh_atTheSameTime(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		d, nodes := newDeskAt(t, url, auth.Config{}), [2]*auth.Service{}
		for i := range nodes {
			nodes[i] = service(t, openURL(t, url), auth.Config{})
		}
		tokens := d.login("ana@example.org")
		var all sync.WaitGroup
		answers := make([]auth.Tokens, 8)
		for i := range answers {
			all.Go(func() {
				var err error
				answers[i], err = nodes[i%2].Refresh(context.Background(), tokens.Refresh)
				wantOK(t, "refresh", err)
			})
		}
		all.Wait()
		for _, a := range answers {
			if a.Refresh == tokens.Refresh || a.Refresh != answers[0].Refresh {
				t.Errorf("got different successors of one token")
			}
			d.actor(a)
		}
		d.refresh(answers[0].Refresh)
	})
}

// A client may refresh as often as it likes; within 30 seconds the token is replaced a
// bounded number of times, so that each replaced one is still known.
func TestRefresh_often(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newFixture(t, auth.Config{})
		first := d.login("ana@example.org")
		last := first
		for range 50 {
			last = d.refresh(last.Refresh)
		}
		if again := d.refresh(first.Refresh); again.Refresh != last.Refresh {
			t.Error("the first token is not answered with the newest")
		}
		time.Sleep(grace + time.Millisecond)
		if next := d.refresh(last.Refresh); next.Refresh == last.Refresh {
			t.Error("the token is not replaced any more")
		}
	})
}

// A session ends 90 days after its sign-in, however often it is used.
func TestSession_endsAfter90Days(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newFixture(t, auth.Config{})
		tokens := d.login("ana@example.org")
		end := time.Now().Add(90 * 24 * time.Hour)
		for range 6 {
			time.Sleep(2 * week)
			tokens = d.refresh(tokens.Refresh)
			if tokens.RefreshExpires.After(end) {
				t.Fatalf("the session ends %v after 90 days", tokens.RefreshExpires.Sub(end))
			}
		}
		time.Sleep(time.Until(end) - time.Second)
		tokens = d.refresh(tokens.Refresh)
		time.Sleep(time.Second)
		d.wantEnded("after 90 days", tokens)
	})
}

// The 51st session of a user ends the least recently used one.
func TestSession_atMost50(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newFixture(t, auth.Config{})
		open := func() auth.Tokens {
			tokens, err := d.OpenSession(t.Context(), "ana@example.org", "test")
			wantOK(t, "sign in", err)
			time.Sleep(time.Second)
			return tokens
		}
		oldest, second := open(), open()
		for range 48 {
			open()
		}
		oldest = d.refresh(oldest.Refresh)
		newest := open()
		d.wantEnded("the least recently used one", second)
		d.actor(oldest)
		d.actor(newest)
		sessions, err := d.Sessions(t.Context(), d.actor(newest))
		if err != nil || len(sessions) != 50 {
			t.Errorf("%d sessions, error %v", len(sessions), err)
		}
	})
}
