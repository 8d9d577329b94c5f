package auth

import (
	"encoding/base64"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"
)

func TestHash(t *testing.T) {
	h := newHasher()
	first, err := h.hash(t.Context(), local, "pässword 🌊")
	if err != nil {
		t.Fatal(err)
	}
	second, err := h.hash(t.Context(), local, "pässword 🌊")
	if err != nil {
		t.Fatal(err)
	}
	if first == second || !strings.HasPrefix(first, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(first, "word") {
		t.Errorf("hashes %s and %s", first, second)
	}
	// What another program of the same kind made, with other parameters, is good as well.
	const foreign = "$argon2id$v=19$m=16,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$"
	for _, c := range []struct {
		encoded, password string
		ok, fails         bool
	}{
		{first, "pässword 🌊", true, false},
		{first, "pässword", false, false},
		{first, "", false, false},
		{foreign + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "x", false, false},
		{"", "x", false, true},
		{"plain", "plain", false, true},
		{"$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "x", false, true},
		{strings.Replace(first, "v=19", "v=16", 1), "pässword 🌊", false, true},
		{strings.Replace(first, "t=2", "t=0", 1), "pässword 🌊", false, true},
		{strings.Replace(first, "p=1", "p=0", 1), "pässword 🌊", false, true},
		{strings.Replace(first, "p=1", "p=256", 1), "pässword 🌊", false, true},
		{strings.Replace(first, "m=19456", "m=-1", 1), "pässword 🌊", false, true},
		{first[:strings.LastIndex(first, "$")+1], "pässword 🌊", false, true},
		{first + "!", "pässword 🌊", false, true},
	} {
		ok, err := h.verify(t.Context(), local, c.encoded, c.password)
		if ok != c.ok || (err != nil) != c.fails {
			t.Errorf("%q with %q: %v, %v", c.encoded, c.password, ok, err)
		}
	}
}

func TestCheckPassword(t *testing.T) {
	for password, ok := range map[string]bool{
		"": false, "123456789": false, "correct horse": true, "пароль12 сыр": true, "🌊🌊🌊🐳🌊🌊🐳🌊🌊": false, "🌊🌊🌊🐳🌊🌊🐳🌊🌊🐟": true,
		strings.Repeat("éa", MaxPassword/2): true, strings.Repeat("ea", MaxPassword/2) + "e": false, "1234567890\xff": false,
		strings.Repeat("e\u0301a", MaxPassword/2): true, "e\u0301e\u0301e\u0301aaaaaa": false, // counted as composed
		"1234567890": false, "qwertyuiop": false, "Password123": false, "1q2w3e4r5t": false, "0123456789": false, "9876543210": false,
		"aaaaaaaaaa": false, "          ": false, "abcdefghij": false, "Football2026!": false, "!!dragon!!1": false, "iloveyou12": false,
		"wiredesk-1": false, "WireDesk2026": false, "ana@example.org": false, "example.org1": false, "AnaMartinez": false, "martinez99": false,
		"desk.corp.test": false, "Martinez keeps bees": true, "wiredesk battery staple": true,
	} {
		if message := CheckPassword(password, "ana@example.org", "Ana Martinez", "desk.corp.test"); (message == "") != ok {
			t.Errorf("%q: %q", password, message)
		}
	}
	if a, b := GeneratePassword(), GeneratePassword(); a == b || CheckPassword(a) != "" || len(a) != 20 {
		t.Errorf("generated %q and %q", a, b)
	}
}

// A password is the same in each Unicode form; hashes of older versions are of the form
// that was given.
func TestHash_ofEachUnicodeForm(t *testing.T) {
	const composed, decomposed = "caf\u00e9 au lait", "cafe\u0301 au lait"
	h := newHasher()
	for _, stored := range []string{composed, decomposed} {
		encoded, err := h.hash(t.Context(), local, stored)
		if err != nil {
			t.Fatal(err)
		}
		for _, typed := range []string{composed, decomposed} {
			if ok, err := h.verify(t.Context(), local, encoded, typed); !ok || err != nil {
				t.Errorf("%+q for %+q: %v, %v", typed, stored, ok, err)
			}
		}
	}
	const old = "$argon2id$v=19$m=16,t=2,p=1$"
	salt := []byte("saltsaltsaltsalt")
	key := argon2.IDKey([]byte(decomposed), salt, 2, 16, 1, 32)
	encode := base64.RawStdEncoding.EncodeToString
	if ok, err := h.verify(t.Context(), local, old+encode(salt)+"$"+encode(key), decomposed); !ok || err != nil {
		t.Errorf("a hash of an older version: %v, %v", ok, err)
	}
}

func TestCheckEmailAndName(t *testing.T) {
	for email, ok := range map[string]bool{
		"ana@example.org": true, "admin@localhost": true, "a.b+c@x-y.example": true, "josé@example.org": true,
		"ana@mail.example": true, "ana@127.0.0.1": false, "x@y": false, "ana@example.": false, "ana@.org": false, "ana@example.o": false, "ana@localhost.": false,
		"": false, "ana": false, "@example.org": false, "ana@": false, "Ana <ana@example.org>": false, "a@b, c@d": false,
		"ana@example.org\r\nBcc: x@y": false, " ana@example.org": false, strings.Repeat("a", 60) + "@" + strings.Repeat("b", 200) + ".org": false,
		"инфо@пример.рф": true, "info@пример.com": true, "аdmin@localhost": false, "admin@exаmple.org": false, "admin@example.org\u200b": false, "\u202eadmin@example.org": false,
	} {
		if message := CheckEmail(email); (message == "") != ok {
			t.Errorf("%q: %q", email, message)
		}
	}
	for name, ok := range map[string]bool{
		"Ana": true, "أنا": true, strings.Repeat("é", 200): true, "Олена Ὀδυσσεύς O'Brien": true, "Ken田中さん": true, "김-Lee": true, "می\u200cخواهم": true, "क्\u200dष": true, "R2-D2 🙂": true,
		"": false, strings.Repeat("é", 201): false, "A\nB": false, "A\x00": false, "\xff": false,
		"Раul": false, "Αnna": false, "A\u200bna": false, "A\u200dna": false, "\u202eanA": false, "A\u2028na": false, "Ana\u3164": false, "A\u00adna": false, "Ana\ue000": false,
	} {
		if message := checkName(name); (message == "") != ok {
			t.Errorf("%q: %q", name, message)
		}
	}
}
