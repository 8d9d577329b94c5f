package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// runHealth prints what GET /readyz of the server on this machine answers, and fails
// unless that is ready: a health check for images that hold nothing but the binary.
func runHealth(ctx context.Context, e env, args []string) error {
	if err := parseFlags(e.flags("health", ""), args); err != nil {
		return err
	}
	cfg, err := e.config()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*checkTime) // longer than the server takes to look
	defer cancel()
	url := "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(cfg.port)) + "/readyz"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("asking %s: %w", url, err)
	}
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req) // never through a proxy
	if err != nil {
		return fmt.Errorf("asking %s: %w", url, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return fmt.Errorf("asking %s: %w", url, err)
	}
	fmt.Fprintln(e.stdout, strings.TrimSpace(string(answer)))
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %d", url, res.StatusCode)
	}
	return nil
}
