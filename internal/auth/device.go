package auth

import (
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// A device cookie has a signed token for each of the last maxDeviceUsers accounts that signed in from a
// browser. It grants no access; it only selects the limit on attempts.
const (
	deviceAudience  = "wiredesk-device"
	deviceSeparator = "~" // in no token
	maxDeviceUsers  = 4
	// knownFor is the time after a sign-in for which the device and network are known for the account.
	knownFor = 30 * 24 * time.Hour
)

// device returns the id of the device if the account signed in from it within knownFor,
// empty if not.
func (k *keyring) device(user int64, cookie string) string {
	for _, token := range deviceTokens(cookie) {
		if c, err := k.parseDevice(token); err == nil && c.Subject == strconv.FormatInt(user, 10) {
			return c.ID
		}
	}
	return ""
}

// addDevice returns the cookie with a new token for the account.
func (k *keyring) addDevice(user int64, cookie string, now time.Time) (string, error) {
	subject := strconv.FormatInt(user, 10)
	token, err := k.signClaims(jwt.RegisteredClaims{Issuer: issuer, Audience: jwt.ClaimStrings{deviceAudience}, Subject: subject,
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(knownFor)), ID: randomText(9)})
	if err != nil {
		return "", err
	}
	tokens := []string{token}
	for _, other := range deviceTokens(cookie) {
		if c, err := k.parseDevice(other); err == nil && c.Subject != subject && len(tokens) < maxDeviceUsers {
			tokens = append(tokens, other)
		}
	}
	return strings.Join(tokens, deviceSeparator), nil
}

func deviceTokens(cookie string) []string {
	tokens := strings.SplitN(cookie, deviceSeparator, maxDeviceUsers+1)
	return tokens[:min(len(tokens), maxDeviceUsers)]
}

func (k *keyring) parseDevice(token string) (c jwt.RegisteredClaims, err error) {
	_, err = k.devices.ParseWithClaims(token, &c, k.key)
	return c, err
}
