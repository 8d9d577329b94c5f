package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/wiredesk/wiredesk/client"
	"github.com/wiredesk/wiredesk/internal/auth"
)

// tailFlags are the flags of tail.
type tailFlags struct {
	url, email string
	from       int64
	json       bool
}

func tailCommand(e env) *cobra.Command {
	var f tailFlags
	c := &cobra.Command{
		Use: "tail", GroupID: groupData, Short: "Print events as they happen",
		Long: `Print each event as it happens, once and in order, until an interrupt. While the server is unavailable
the command reconnects, and then continues with the next event. On the server's own machine it needs no
password. Elsewhere set --email, or an access token in WIREDESK_TOKEN.`,
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, _ []string) error { return e.tail(c.Context(), f) },
	}
	flags := c.Flags()
	flags.StringVar(&f.url, "url", "", "the server's address (default http://localhost:$PORT)")
	flags.Int64Var(&f.from, "from", 0, "print the event log from this event `number` on; 1 prints all of it (default: new events)")
	flags.BoolVar(&f.json, "json", false, "print each event as a line of JSON, in the form of the WebSocket frames")
	emailFlag(flags, &f.email)
	return c
}

func (e env) tail(ctx context.Context, f tailFlags) error {
	cfg, err := e.config()
	if err != nil {
		return err
	}
	c := client.New(cmp.Or(f.url, fmt.Sprintf("http://localhost:%d", cfg.port)))
	defer c.Close()
	end, err := e.identify(ctx, c, f.email)
	if err != nil {
		return err
	}
	defer end()

	t := tail{out: e.stdout, json: f.json}
	after := client.Now
	if f.from > 0 {
		after = client.Position{Seq: f.from - 1}
	}
	err = c.Stream(ctx, after, client.Handler{
		Event: t.print,
		Gap: func(after, next client.Position) {
			if next.Seq <= after.Seq || next.Epoch != cmp.Or(after.Epoch, next.Epoch) {
				fmt.Fprintf(e.stderr, "wiredesk: event log rolled back (database restored?); continuing after event %d\n", next.Seq)
			} else {
				fmt.Fprintf(e.stderr, "wiredesk: events %d to %d are no longer in the log\n", after.Seq+1, next.Seq)
			}
		},
		Lost: func(cause error, wait time.Duration) {
			fmt.Fprintf(e.stderr, "wiredesk: %v; retrying in %v\n", cause, wait.Round(time.Millisecond))
		},
	})
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// identify sets the source of c's access tokens: a login with email, the token in WIREDESK_TOKEN, or a session that it
// opens in the database of this machine. Call end to end the session.
func (e env) identify(ctx context.Context, c *client.Client, email string) (end func(), err error) {
	if email != "" {
		return func() { e.logout(ctx, c.Logout) }, e.login(ctx, c, email)
	}
	if token := e.getenv("WIREDESK_TOKEN"); token != "" {
		c.UseTokens(func(context.Context) (string, error) { return token, nil })
		return func() {}, nil
	}
	d, _, err := e.openTool(ctx)
	if err != nil {
		return nil, err
	}
	var tokens auth.Tokens
	c.UseTokens(func(ctx context.Context) (string, error) {
		renewed, err := d.auth.Refresh(ctx, tokens.Refresh)
		if err != nil {
			renewed, err = d.auth.OpenSession(ctx, "", "wiredesk tail")
		}
		if err == nil {
			tokens = renewed
		}
		return renewed.Access, err
	})
	return func() {
		if tokens.Access != "" {
			e.logout(ctx, func(ctx context.Context) error { return d.auth.Logout(ctx, tokens.Access, tokens.Refresh) })
		}
		d.stop()
	}, nil
}

// logout ends a session, also after ctx was cancelled. If that fails, the session expires by its age.
func (e env) logout(ctx context.Context, end func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := end(ctx); err != nil {
		fmt.Fprintln(e.stderr, "wiredesk: ending the session:", err)
	}
}

// login signs in by a password.
func (e env) login(ctx context.Context, c *client.Client, email string) error {
	if email == "" {
		return errors.New("set --email")
	}
	password := e.getenv("WIREDESK_PASSWORD")
	if password == "" {
		var err error
		if password, err = readPassword(e, "Password: "); err != nil {
			return err
		}
	}
	return c.Login(ctx, email, password)
}

// tail prints events.
type tail struct {
	out  io.Writer
	json bool
}

func (t tail) print(e client.Event) error {
	if !t.json {
		_, err := fmt.Fprintln(t.out, formatEvent(e))
		return err
	}
	encoder := json.NewEncoder(t.out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(e)
}

// formatEvent returns the line of an event, without a line end.
func formatEvent(e client.Event) string {
	var post struct {
		ID        int64  `json:"id"`
		Slug      string `json:"slug"`
		Title     string `json:"title"`
		Published bool   `json:"published"`
	}
	_ = json.Unmarshal(e.Data, &post) // fields that cannot be read are left out
	change := strings.TrimPrefix(string(e.Type), "blog-")
	switch {
	case change == "published" && !post.Published:
		change = "unpublished"
	case e.Restored > 0:
		change = "restored"
	case e.Autosave:
		change = "autosaved"
	}
	text := fmt.Sprintf("%d  %s  %s  %s  #%d %s", e.Seq, e.Time.Local().Format(time.TimeOnly), visible(e.Actor.Name), change,
		post.ID, strconv.Quote(visible(cmp.Or(post.Title, post.Slug))))
	switch change {
	case "updated", "autosaved":
		text += "  (" + strings.Join(e.Changed, ", ") + ")"
	case "restored":
		text += fmt.Sprintf("  (version %d)", e.Restored)
	}
	return text
}

// visible drops the characters that are not graphic: a terminal may take them for a command.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return -1
	}, s)
}
