package auth_test

import (
	"testing"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
)

// TestLogin_addressForms: an account with an address that is not in NFC signs in, with the
// address in each form; where two accounts differ in the form alone, each with its own.
func TestLogin_addressForms(t *testing.T) {
	const nfd, nfc = "rene\u0301@example.org", "ren\u00e9@example.org"
	onBoth(t, func(t *testing.T, url string) {
		store := openURL(t, url)
		d := desk{t: t, Service: service(t, store, auth.Config{})}
		ana := d.add("ana@example.org", auth.Admin)
		insert := func(email string) {
			t.Helper()
			wantOK(t, "insert", store.UpdateAccess(t.Context(), func(tx auth.Tx) error {
				_, err := tx.InsertUser(auth.User{Email: email, Name: "x", Role: auth.Editor, PasswordHash: ana.PasswordHash, CreatedAt: ana.CreatedAt})
				return err
			}))
		}
		want := func(typed, email string) {
			t.Helper()
			if got := d.login(typed).User.Email; got != email {
				t.Errorf("%+q signs in as %+q, want %+q", typed, got, email)
			}
			if u, err := d.Find(t.Context(), typed); err != nil || u.Email != email {
				t.Errorf("%+q finds %+q, error %v", typed, u.Email, err)
			}
		}
		_, err := d.Login(t.Context(), nfd, password, from(address))
		wantKind(t, "no account", err, fault.Unauthorized)
		insert(nfd)
		want(" Rene\u0301@example.org ", nfd)
		want(nfc, nfd)
		insert(nfc)
		want(nfd, nfd)
		want("REN\u00c9@example.org", nfc)
	})
}
