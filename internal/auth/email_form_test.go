package auth_test

import (
	"errors"
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
		d := fixture{t: t, Service: service(t, store, auth.Config{})}
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

// TestCreateUser_addressForms: an address is taken in every form, whichever of them the account
// has that was made before addresses were stored in NFC.
func TestCreateUser_addressForms(t *testing.T) {
	forms := map[string][]string{
		"rene\u0301@example.org":     {"ren\u00e9@example.org", "rene\u0301@example.org", " REN\u00c9@Example.org"},
		"z\u00f6e\u0301@example.org": {"z\u00f6\u00e9@example.org", "zo\u0308e\u0301@example.org"}, // neither NFC nor NFD
		"q\u0323\u0307@example.org":  {"q\u0307\u0323@example.org"},
		"\u1100\u1161@example.org":   {"\uac00@example.org"},
		"ana@m\u00fcnchen.example":   {"ana@mu\u0308nchen.example"},
		"\ufa0e\uf900@example.org":   {"\ufa0e\u8c48@example.org"}, // a letter of one form only, which NFC replaces
	}
	onBoth(t, func(t *testing.T, url string) {
		store := openURL(t, url)
		d := fixture{t: t, Service: service(t, store, auth.Config{})}
		ana := d.add("ana@example.org", auth.Admin)
		for stored, others := range forms {
			wantOK(t, "insert", store.UpdateAccess(t.Context(), func(tx auth.Tx) error {
				_, err := tx.InsertUser(auth.User{Email: stored, Name: "x", Role: auth.Editor, PasswordHash: ana.PasswordHash, CreatedAt: ana.CreatedAt})
				return err
			}))
			for _, email := range others {
				_, err := d.CreateUser(t.Context(), auth.System, auth.NewUser{Email: email, Name: "x", Role: auth.Editor, Password: password})
				if !errors.Is(err, auth.ErrEmailTaken) {
					t.Errorf("%+q beside %+q: %v", email, stored, err)
				}
			}
		}
		d.add("rene@example.org", auth.Editor)
	})
}
