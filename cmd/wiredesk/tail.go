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

	"github.com/wiredesk/wiredesk/client"
	"github.com/wiredesk/wiredesk/internal/auth"
)

const tailUsage = `[flags]

Prints each change as it happens, once and in order, until it is interrupted; when the
server is away it waits for it and goes on where it was. On the server's own machine it
needs no password. Elsewhere give --email, or an access token in WIREDESK_TOKEN.
`

func runTail(ctx context.Context, e env, args []string) error {
	f := e.flags("tail", tailUsage)
	url := f.String("url", "", "the server's address (default http://localhost:$PORT)")
	from := f.Int64("from", 0, "print the log from the event with this `number` on; 1 is all of it (default: what is new)")
	asJSON := f.Bool("json", false, "print one JSON object a line, as the socket sends it")
	email := f.String("email", "", "sign in as this user (password from WIREDESK_PASSWORD, or asked for)")
	if err := parseFlags(f, args); err != nil {
		return err
	}
	cfg, err := e.config()
	if err != nil {
		return err
	}
	c := client.New(cmp.Or(*url, fmt.Sprintf("http://localhost:%d", cfg.port)))
	defer c.Close()
	end, err := e.identify(ctx, c, *email)
	if err != nil {
		return err
	}
	defer end()

	t := tail{out: e.stdout, json: *asJSON}
	after := client.Now
	if *from > 0 {
		after = client.Position{Seq: *from - 1}
	}
	err = c.Stream(ctx, after, client.Handler{
		Event: t.print,
		Gap: func(after, next client.Position) {
			if next.Seq <= after.Seq || next.Epoch != cmp.Or(after.Epoch, next.Epoch) {
				fmt.Fprintf(e.stderr, "wiredesk: the event log was replaced (restored from a backup?); continuing after event %d\n", next.Seq)
			} else {
				fmt.Fprintf(e.stderr, "wiredesk: events %d to %d are no longer in the log\n", after.Seq+1, next.Seq)
			}
		},
		Lost: func(cause error, wait time.Duration) {
			fmt.Fprintf(e.stderr, "wiredesk: %v; trying again in %v\n", cause, wait.Round(time.Millisecond))
		},
	})
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// identify gives c its access tokens: by a password, as they come, or from a session
// that it opens in the database of this machine. Call end when done.
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

// logout ends a session although ctx has ended. When that fails the session dies of age.
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
		return errors.New("give --email")
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
		_, err := fmt.Fprintln(t.out, line(e))
		return err
	}
	encoder := json.NewEncoder(t.out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(e)
}

// line tells of an event in words.
func line(e client.Event) string {
	var post struct {
		ID        int64  `json:"id"`
		Slug      string `json:"slug"`
		Title     string `json:"title"`
		Published bool   `json:"published"`
	}
	_ = json.Unmarshal(e.Data, &post) // what cannot be read is left out
	verb := strings.TrimPrefix(string(e.Type), "blog-")
	switch {
	case verb == "published" && !post.Published:
		verb = "unpublished"
	case e.Restored > 0:
		verb = "restored"
	case e.Autosave:
		verb = "autosaved"
	}
	text := fmt.Sprintf("%d  %s  %s  %s  #%d %s", e.Seq, e.Time.Local().Format(time.TimeOnly), visible(e.Actor.Name), verb,
		post.ID, strconv.Quote(visible(cmp.Or(post.Title, post.Slug))))
	switch verb {
	case "updated", "autosaved":
		text += "  (" + strings.Join(e.Changed, ", ") + ")"
	case "restored":
		text += fmt.Sprintf("  (version %d)", e.Restored)
	}
	return text
}

// visible drops what a terminal could take for a command.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return -1
	}, s)
}
