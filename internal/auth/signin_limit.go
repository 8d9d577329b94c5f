package auth

import (
	"context"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"time"

	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/limit"
)

// Client is the sender of a request.
type Client struct {
	Address   netip.Addr // the zero Addr counts as one network
	Device    string     // the device cookie; empty: none
	UserAgent string
}

// maxKeys bounds the keys of each limit, to about 2 MB.
const maxKeys = 10_000

// signInLimits bounds failed password checks; a success is refunded. An attempt from a device or network
// that is known for the account counts only there, so that failures of others never lock out the owner.
// All other attempts share the bounds of the account and of their networks. An account has at most about
// 100 failures an hour: some 70 from unknown networks, and 21 from each known network or device.
type signInLimits struct {
	known           *limit.Attempts    // by account, and known device or network
	accountNetworks [3]*limit.Attempts // by account, and network of networks
	accounts        *limit.Attempts
	networks        [3]*limit.Rates // for any account
}

func newSignInLimits() signInLimits {
	attempts := func(burst int) *limit.Attempts {
		return limit.NewAttempts(limit.Config{Burst: burst, Base: 30 * time.Second, Most: 15 * time.Minute, Forget: time.Hour, MaxKeys: maxKeys})
	}
	return signInLimits{
		known:           attempts(10),
		accountNetworks: [3]*limit.Attempts{attempts(10), attempts(20), attempts(30)},
		accounts:        attempts(50),
		networks: [3]*limit.Rates{limit.NewRates(2*time.Second, 50, maxKeys), limit.NewRates(time.Second, 100, maxKeys),
			limit.NewRates(time.Second/2, 200, maxKeys)},
	}
}

// reserve counts an attempt as failed until refund. known is the known device or network of the attempt;
// empty: none. A refused attempt is not counted.
func (l *signInLimits) reserve(account, known string, client Client, now time.Time) (refund func(), err error) {
	bounds := []limit.Bound{{Limit: l.known, Key: account + "\x00" + known}}
	if known == "" {
		bounds = l.strangerBounds(account, networks(client.Address))
	}
	refund, wait := limit.ReserveAll(bounds, now)
	if wait > 0 {
		return nil, tooMany(wait)
	}
	return refund, nil
}

// strangerBounds returns the bounds of an attempt from an unknown network.
func (l *signInLimits) strangerBounds(account string, networks []string) (bounds []limit.Bound) {
	for i, network := range networks {
		bounds = append(bounds, limit.Bound{Limit: l.accountNetworks[i], Key: account + "\x00" + network})
	}
	bounds = append(bounds, limit.Bound{Limit: l.accounts, Key: account})
	for i, network := range networks {
		bounds = append(bounds, limit.Bound{Limit: l.networks[i], Key: network})
	}
	return bounds
}

// networks returns the networks that may belong to one client, the smallest first: an IPv4 address, or the
// /64, /56 and /48 of an IPv6 address.
func networks(addr netip.Addr) []string {
	addr = addr.Unmap().WithZone("")
	if !addr.Is6() {
		return []string{addr.String()}
	}
	names := make([]string, 0, 3)
	for _, bits := range []int{64, 56, 48} {
		names = append(names, netip.PrefixFrom(addr, bits).Masked().String())
	}
	return names
}

// knownFrom returns the name of the device or network of client if the account signed in from it within
// knownFor, else "". It reads the database for a missing account too, so that both take the same time.
func (s *Service) knownFrom(ctx context.Context, user int64, client Client) (string, error) {
	network := networks(client.Address)[0]
	known, err := s.store.KnownNetwork(ctx, user, network, s.now().Add(-knownFor))
	if err != nil {
		return "", err
	}
	if device := s.keys.device(user, client.Device); device != "" {
		return "device " + device, nil
	}
	if known {
		return "network " + network, nil
	}
	return "", nil
}

// hashLine returns the client's line in the queue of hashes: a trusted one if the device or network is known.
func hashLine(user int64, known string, client Client) hashCaller {
	if known != "" {
		return hashCaller{"account " + strconv.FormatInt(user, 10), true}
	}
	all := networks(client.Address)
	return hashCaller{all[len(all)-1], false}
}

func tooMany(wait time.Duration) error {
	seconds := int(math.Ceil(max(wait, time.Second).Seconds()))
	unit := "seconds"
	if seconds == 1 {
		unit = "second"
	}
	f := fault.New(fault.TooMany, fmt.Sprintf("Too many attempts. Try again in %d %s.", seconds, unit))
	f.RetryAfter = wait
	return f
}
