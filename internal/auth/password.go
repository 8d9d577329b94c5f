package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/limit"
)

// Cost of a hash: about 20 ms of one core and 19 MiB.
const (
	argonTime    = 2
	argonMemory  = 19 * 1024 // KiB
	argonThreads = 1
	argonKeyLen  = 32
	argonSaltLen = 16
)

// hasher computes hashes, on at most half of the cores at once, so that a flood of sign-ins leaves memory
// and processor to other requests.
type hasher struct{ queue *limit.Queue }

// hashCaller is the line of the queue in which a hash waits.
type hashCaller struct {
	line    string
	trusted bool
}

// local is the line of administrators and of the server itself.
var local = hashCaller{"local", true}

func newHasher() hasher {
	const cost, longest = 25 * time.Millisecond, time.Second
	return hasher{limit.NewQueue(max(1, runtime.GOMAXPROCS(0)/2), cost, longest)}
}

func (h hasher) enter(ctx context.Context, c hashCaller) (leave func(), err error) {
	leave, err = h.queue.Enter(ctx, c.line, c.trusted)
	if err != nil {
		f := fault.Wrap(fault.Unavailable, "Too many people are signing in just now. Try again.", err)
		f.RetryAfter = 2 * time.Second
		return nil, f
	}
	return leave, nil
}

// hash returns the encoded argon2id hash of password in Unicode NFC with a fresh salt.
func (h hasher) hash(ctx context.Context, c hashCaller, password string) (string, error) {
	leave, err := h.enter(ctx, c)
	if err != nil {
		return "", err
	}
	defer leave()
	salt := make([]byte, argonSaltLen)
	rand.Read(salt)
	key := argon2.IDKey(norm.NFC.Bytes([]byte(password)), salt, argonTime, argonMemory, argonThreads, argonKeyLen)
	enc := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads, enc(salt), enc(key)), nil
}

// verify reports whether encoded is the hash of password. It takes the same time for a wrong password, and
// for the dummy hash of an unknown account.
func (h hasher) verify(ctx context.Context, c hashCaller, encoded, password string) (bool, error) {
	leave, err := h.enter(ctx, c)
	if err != nil {
		return false, err
	}
	defer leave()
	var version, memory, passes, threads int
	head, rest, ok := strings.Cut(strings.TrimPrefix(encoded, "$argon2id$"), "$")
	if !ok {
		return false, fmt.Errorf("stored password hash has an unknown form")
	}
	params, rest, _ := strings.Cut(rest, "$")
	saltText, keyText, _ := strings.Cut(rest, "$")
	if _, err := fmt.Sscanf(head+" "+params, "v=%d m=%d,t=%d,p=%d", &version, &memory, &passes, &threads); err != nil || version != argon2.Version ||
		memory < 1 || passes < 1 || threads < 1 || threads > 255 {
		return false, fmt.Errorf("stored password hash has unknown parameters")
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(saltText)
	key, keyErr := base64.RawStdEncoding.DecodeString(keyText)
	if saltErr != nil || keyErr != nil || len(key) == 0 {
		return false, fmt.Errorf("stored password hash is damaged")
	}
	matches := func(password string) bool {
		got := argon2.IDKey([]byte(password), salt, uint32(passes), uint32(memory), uint8(threads), uint32(len(key)))
		return subtle.ConstantTimeCompare(got, key) == 1
	}
	composed := norm.NFC.String(password)
	return matches(composed) || composed != password && matches(password), nil // hashes of earlier releases are of the given form
}

// GeneratePassword returns a random password of 120 bits.
func GeneratePassword() string { return randomText(15) }

// randomText returns n random bytes as URL-safe text.
func randomText(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}
