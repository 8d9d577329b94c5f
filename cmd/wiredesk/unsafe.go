package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// warnUnsafe logs settings that let other users of the machine or the network read secrets. They do not stop the start: a
// proxy, a tunnel or a private network may make them safe.
func (c config) warnUnsafe(log *slog.Logger) {
	for _, origin := range append([]string{c.origin}, c.otherOrigins...) {
		if u, err := url.Parse(origin); err == nil && u.Scheme == "http" && !isLocal(u.Hostname()) {
			log.Warn("passwords and sessions are sent unencrypted: serve the dashboard over https", "setting", "FRONTEND_URL", "value", origin)
		}
	}
	if sasl := c.kafka.SASL; sasl != nil && sasl.Mechanism == "PLAIN" && c.kafka.TLS == nil {
		for _, broker := range c.kafka.Brokers {
			if host, _, err := net.SplitHostPort(broker); err == nil && !isLocal(host) {
				log.Warn("the Kafka password is sent unencrypted: set KAFKA_TLS=on, or use SCRAM-SHA-512", "setting", "KAFKA_SASL_MECHANISM", "broker", broker)
				break
			}
		}
	}
	warnOpen(log, c.dataDir, "other users of this machine can read the data directory: chmod 700")
	secrets := append(c.secretFiles, filepath.Join(c.dataDir, "jwt-secret"))
	if c.kafka.TLS != nil && c.kafka.TLS.KeyFile != "" {
		secrets = append(secrets, c.kafka.TLS.KeyFile)
	}
	slices.Sort(secrets)
	for _, path := range slices.Compact(secrets) {
		warnOpen(log, path, "other users of this machine can read a secret: chmod 600")
	}
}

// warnOpen logs text if all users of this machine have rights to a file. It skips files that do not exist, and secrets of
// containers, whose mode cannot be changed. Windows has no such modes.
func warnOpen(log *slog.Logger, path, text string) {
	if runtime.GOOS == "windows" || strings.HasPrefix(path, "/run/secrets/") || strings.HasPrefix(path, "/var/run/secrets/") {
		return
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o007 != 0 {
		log.Warn(text, "file", path, "mode", fmt.Sprintf("%04o", info.Mode().Perm()))
	}
}

// isLocal reports whether a host is this machine.
func isLocal(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}
