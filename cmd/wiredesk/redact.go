package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/post"
)

const (
	// maxRedactedPosts bounds the posts that one run changes, so that a common word is not removed by mistake.
	maxRedactedPosts = 100
	// redactPasses bounds the searches for versions that editors saved meanwhile.
	redactPasses = 3
	// maxVacuum is the size of a SQLite file, in bytes, that is rewritten beside running servers:
	// about a second during which they cannot save.
	maxVacuum = 256 << 20
	maxListed = 20 // posts, and versions of each
)

// redactTool is one run of the command.
type redactTool struct {
	env
	services *services
	cfg      config
	log      *slog.Logger
	secret   post.Secret
	post     int64 // 0: all posts
}

// redactFlags are the flags of redact.
type redactFlags struct {
	post                        int64
	dryRun, yes, vacuum, refill bool
}

func redactCommand(e env) *cobra.Command {
	var f redactFlags
	c := &cobra.Command{
		Use: "redact", GroupID: groupData, Short: "Remove a text from the history and from the topic",
		Long: `Remove a text, such as a password or a key, from all versions of all posts and from the topic, and put
[redacted] in its place. The text is read from standard input, or without echo from the terminal. It
must be spelled as it is stored, upper and lower case included. The servers may run meanwhile.
Backups and the copies of other consumers are not changed: see docs/operations/redaction.md.

After an error or an interruption run the command again: it always removes copies from the database's
files and from the topic, even if no version holds the text any more.`,
		Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, _ []string) error { return e.redact(c.Context(), f) },
	}
	flags := c.Flags()
	flags.Int64Var(&f.post, "post", 0, "change only the post with this `id` (default: all posts)")
	flags.BoolVar(&f.dryRun, "dry-run", false, "count the versions that hold the text, and change nothing")
	flags.BoolVar(&f.yes, "yes", false, "do not ask for confirmation; required without a terminal")
	flags.BoolVar(&f.vacuum, "vacuum", false, "rewrite a SQLite file of any size; servers cannot save meanwhile")
	flags.BoolVar(&f.refill, "refill", false, "only empty the topic and publish the event log again; reads no text")
	return c
}

func (e env) redact(ctx context.Context, f redactFlags) error {
	var secret post.Secret
	if !f.refill {
		text, err := readSecret(e)
		if err != nil {
			return err
		}
		if secret, err = post.NewSecret(text); err != nil {
			return err
		}
	}
	d, cfg, err := e.openTool(ctx)
	if err != nil {
		return err
	}
	defer d.stop()
	if d.secret == nil { // the topic could not be filled again
		return errNoSecret
	}
	logged := cfg
	logged.logLevel = slog.LevelInfo
	r := redactTool{env: e, services: d, cfg: cfg, log: logged.logger(e), secret: secret, post: f.post}
	if f.refill {
		return r.refill(ctx)
	}
	found, err := r.find(ctx)
	if err != nil || f.dryRun {
		return err
	}
	if err := r.confirm(found, f.yes); err != nil {
		return err
	}
	if err := r.redactVersions(ctx, found); err != nil {
		return err
	}
	// Also if no version holds the text: an interrupted run may have left copies.
	return errors.Join(r.shred(ctx, f.vacuum), r.refill(ctx))
}

// readSecret reads the text from the terminal without echo, or else all of standard input, which may have several lines.
func readSecret(e env) (string, error) {
	if f, ok := e.stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(e.stderr, "Text to remove: ")
		text, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(e.stderr)
		if err != nil {
			return "", fmt.Errorf("reading the text: %w", err)
		}
		return string(text), nil
	}
	text, err := io.ReadAll(io.LimitReader(e.stdin, post.MaxContentBytes+100))
	if err != nil {
		return "", fmt.Errorf("reading the text from standard input: %w", err)
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}

// find searches the versions and prints those that hold the text. It prints no title and no slug: they may hold it too.
func (r redactTool) find(ctx context.Context) ([]post.Holding, error) {
	found, err := r.services.posts.FindSecret(ctx, auth.System, r.secret, r.post)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		fmt.Fprintln(r.stdout, "No version of a post holds the text.")
		return nil, nil
	}
	fmt.Fprintf(r.stdout, "%s the text:\n", holders(found))
	for i, h := range found {
		if i == maxListed {
			fmt.Fprintf(r.stdout, "  and %d more posts\n", len(found)-maxListed)
			break
		}
		fmt.Fprintf(r.stdout, "  post %d: %s\n", h.PostID, versionList(h.Versions))
	}
	return found, nil
}

func holders(found []post.Holding) string {
	n := 0
	for _, h := range found {
		n += len(h.Versions)
	}
	if len(found) == 1 {
		return fmt.Sprintf("%d versions of 1 post hold", n)
	}
	return fmt.Sprintf("%d versions of %d posts hold", n, len(found))
}

func versionList(versions []int64) string {
	if len(versions) == 0 {
		return "a stored copy"
	}
	list := strings.Trim(fmt.Sprint(versions[:min(len(versions), maxListed)]), "[]")
	if more := len(versions) - maxListed; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return "versions " + list
}

func (r redactTool) confirm(found []post.Holding, yes bool) error {
	if len(found) > maxRedactedPosts {
		return fmt.Errorf("the text is too common: %d posts hold it, at most %d are changed at once; limit the change with --post", len(found), maxRedactedPosts)
	}
	if yes {
		return nil
	}
	f, ok := r.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return errors.New("nothing was changed: there is no terminal to confirm on; add --yes to remove the text from these versions, from the files of the database and from the topic")
	}
	question := "Remove the text from these versions? This cannot be undone. [y/N] "
	if len(found) == 0 {
		question = "Remove copies of it from the files of the database, and empty the topic and fill it again? [y/N] "
	}
	fmt.Fprint(r.stderr, question)
	answer, err := bufio.NewReader(f).ReadString('\n')
	if answer = strings.ToLower(strings.TrimSpace(answer)); err != nil || answer != "y" && answer != "yes" {
		return errors.New("nothing was changed")
	}
	return nil
}

// redactVersions changes the posts one after the other, then again those that an editor has saved with the text meanwhile.
func (r redactTool) redactVersions(ctx context.Context, found []post.Holding) error {
	for range redactPasses {
		for _, h := range found {
			if err := r.services.posts.Redact(ctx, auth.System, r.secret, h); err != nil {
				return err
			}
			r.log.Info("text redacted", "by", commandLine().Name, "post", h.PostID, "versions", len(h.Versions), "list", versionList(h.Versions))
		}
		var err error
		if found, err = r.services.posts.FindSecret(ctx, auth.System, r.secret, r.post); err != nil {
			return err
		}
		if len(found) == 0 {
			return nil
		}
	}
	return fmt.Errorf("%s the text again: a user saved it meanwhile; run the command again", holders(found))
}

// shred removes the text from the files of the database.
func (r redactTool) shred(ctx context.Context, vacuum bool) error {
	limit := int64(maxVacuum)
	if vacuum {
		limit = 0
	}
	complete, err := r.services.store.Shred(ctx, limit)
	switch {
	case err != nil:
		return err
	case complete:
		fmt.Fprintln(r.stdout, "The text is no longer in the database, nor in its files.")
	case strings.HasPrefix(r.cfg.databaseURL, "sqlite://"):
		fmt.Fprintln(r.stdout, "The text is no longer in the database. Free pages of its large file may hold earlier copies: run the command with --vacuum while no user saves.")
	default:
		fmt.Fprintln(r.stdout, "The text is no longer in the database. The server's files and binary logs may hold it for a while: see docs/operations/redaction.md.")
	}
	return nil
}
