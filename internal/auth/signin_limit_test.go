package auth_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
)

// guess tries a wrong password and reports whether it was compared, or refused by a limit.
func (d fixture) guess(email, address string) bool {
	d.t.Helper()
	_, err := d.Login(d.t.Context(), email, "wrong", from(address))
	if kind := fault.KindOf(err); kind != fault.Unauthorized && kind != fault.TooMany {
		d.t.Errorf("guess: %v", err)
	}
	return fault.KindOf(err) == fault.Unauthorized
}

func (d fixture) guesses(n int, email string, address func(i int) string) (compared int) {
	d.t.Helper()
	for i := range n {
		if d.guess(email, address(i)) {
			compared++
		}
	}
	return compared
}

func at(address string) func(int) string { return func(int) string { return address } }

// However many strangers guess, an account signs in from where it signed in before.
func TestLogin_strangersLockNobodyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newFixture(t, auth.Config{})
		d.login("ana@example.org")
		time.Sleep(29 * 24 * time.Hour)
		n := d.guesses(100, "ana@example.org", func(i int) string { return fmt.Sprintf("198.51.100.%d", i) })
		if n != 50 {
			t.Errorf("%d guesses from 100 networks were compared, want 50", n)
		}
		_, err := d.Login(t.Context(), "ana@example.org", password, from("198.51.100.200"))
		wantKind(t, "from a network that is not known", err, fault.TooMany)
		d.login("ana@example.org") // from its own, whose 30 days begin again
		time.Sleep(31 * 24 * time.Hour)
		d.guesses(50, "ana@example.org", func(i int) string { return fmt.Sprintf("198.51.100.%d", i) })
		_, err = d.Login(t.Context(), "ana@example.org", password, from(address))
		wantKind(t, "after 30 days", err, fault.TooMany)
	})
}

// Refused attempts on one account cost its network nothing.
func TestLogin_refusalsCostNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newFixture(t, auth.Config{})
		d.add("ben@example.org", auth.Editor)
		if n := d.guesses(300, "ana@example.org", at("192.0.2.7")); n != 10 {
			t.Errorf("%d guesses were compared, want 10", n)
		}
		_, err := d.Login(t.Context(), "ben@example.org", password, from("192.0.2.7"))
		wantOK(t, "another account there", err)
		n := 0
		for i := range 100 {
			n += d.guesses(1, fmt.Sprintf("user%d@example.org", i), at("192.0.2.7"))
		}
		if n != 40 {
			t.Errorf("%d guesses on other accounts were compared, want what is left of 50", n)
		}
		_, err = d.Login(t.Context(), "ben@example.org", password, from("192.0.2.7"))
		wantOK(t, "a known account in a network that has used its limit up", err)
	})
}

// The networks of an IPv6 line share a limit.
func TestLogin_countsNetworksOfNetworks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newFixture(t, auth.Config{})
		for _, c := range []struct {
			name    string
			address func(int) string
			want    int
		}{
			{"one /64", func(i int) string { return fmt.Sprintf("2001:db8::%x", i+1) }, 10},
			{"one /56", func(i int) string { return fmt.Sprintf("2001:db8:1:%x::1", i) }, 20},
			{"one /48", func(i int) string { return fmt.Sprintf("2001:db8:2:%x00::1", i) }, 30},
			{"an IPv4 address as IPv6", func(i int) string { return []string{"192.0.2.9", "::ffff:192.0.2.9"}[i%2] }, 10},
		} {
			if n := d.guesses(60, c.name+"@example.org", c.address); n != c.want {
				t.Errorf("%s: %d guesses were compared, want %d", c.name, n, c.want)
			}
		}
	})
}

// Guesses without an end, from everywhere and from a network that the account knows, are at
// most 100 in any hour.
func TestLogin_atMost100GuessesAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newFixture(t, auth.Config{})
		d.login("ana@example.org")
		for hour := range 3 {
			n := 0
			for minute := range 60 {
				n += d.guesses(3, "ana@example.org", func(i int) string { return fmt.Sprintf("198.51.100.%d", (3*minute+i)%250) })
				n += d.guesses(1, "ana@example.org", at(address))
				time.Sleep(time.Minute)
			}
			if n > 100 {
				t.Errorf("%d guesses in hour %d", n, hour)
			}
		}
	})
}
