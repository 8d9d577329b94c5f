package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

func healthCommand(e env) *cobra.Command {
	return &cobra.Command{
		Use: "health", GroupID: groupServer, Short: "Check that the server on this machine is ready",
		Long: "Print the response to GET /readyz of the server on this machine, and exit with 1 unless the server is ready.",
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, _ []string) error { return e.health(c.Context()) },
	}
}

// health is a health check for images that hold only the binary.
func (e env) health(ctx context.Context) error {
	cfg, err := e.config()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*checkTime) // longer than the server's own checks take
	defer cancel()
	url := "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(cfg.port)) + "/readyz"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("requesting %s: %w", url, err)
	}
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req) // never through a proxy
	if err != nil {
		return fmt.Errorf("requesting %s: %w", url, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return fmt.Errorf("requesting %s: %w", url, err)
	}
	fmt.Fprintln(e.stdout, strings.TrimSpace(string(answer)))
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s returned status %d", url, res.StatusCode)
	}
	return nil
}
