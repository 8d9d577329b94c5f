package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"
	"text/tabwriter"

	"golang.org/x/term"

	"github.com/wiredesk/wiredesk/internal/auth"
)

const userUsage = `Usage: wiredesk user COMMAND

  add EMAIL --name NAME --role admin|editor|viewer   make an account
  list                                               list the accounts
  passwd EMAIL                                       set a new password and end the user's sessions
  role EMAIL admin|editor|viewer                     change the role
  disable EMAIL                                      end the user's sessions and refuse new ones
  enable EMAIL                                       undo disable

A password is read from the terminal, or from standard input when that is none;
--generate makes one and prints it. With --temporary, the user must change it at the next sign-in.
`

func runUser(ctx context.Context, e env, args []string) error {
	if len(args) == 0 || args[0] == "-h" || args[0] == "--help" {
		fmt.Fprint(e.stdout, userUsage)
		return nil
	}
	f := e.flags("user "+args[0], "EMAIL")
	name := f.String("name", "", "the person's name, as others see it (default: the part of the e-mail before the @)")
	role := f.String("role", string(auth.Editor), "admin, editor or viewer")
	generate := f.Bool("generate", false, "make a password and print it")
	temporary := f.Bool("temporary", false, "the user must change the password at the next sign-in")
	words, err := parseMixed(f.Parse, f.Args, args[1:])
	if err != nil {
		return err
	}
	d, _, err := e.openTool(ctx)
	if err != nil {
		return err
	}
	defer d.stop()
	u := userTool{env: e, desk: d, generate: *generate, temporary: *temporary}
	switch {
	case args[0] == "list" && len(words) == 0:
		return u.list(ctx)
	case args[0] == "add" && len(words) == 1:
		return u.add(ctx, words[0], *name, auth.Role(*role))
	case args[0] == "passwd" && len(words) == 1:
		return u.passwd(ctx, words[0])
	case args[0] == "role" && len(words) == 2:
		role := auth.Role(words[1])
		return u.update(ctx, words[0], auth.UserChange{Role: &role})
	case (args[0] == "disable" || args[0] == "enable") && len(words) == 1:
		disabled := args[0] == "disable"
		return u.update(ctx, words[0], auth.UserChange{Disabled: &disabled})
	}
	fmt.Fprint(e.stderr, userUsage)
	return errors.New("that is not a command of 'wiredesk user'")
}

// parseMixed lets flags stand before and after the words.
func parseMixed(parse func([]string) error, rest func() []string, args []string) (words []string, err error) {
	for {
		if err := parse(args); err != nil {
			return nil, err
		}
		args = rest()
		if len(args) == 0 {
			return words, nil
		}
		words, args = append(words, args[0]), args[1:]
	}
}

type userTool struct {
	env
	desk      *desk
	generate  bool
	temporary bool
}

func (u userTool) list(ctx context.Context) error {
	users, err := u.desk.auth.Users(ctx, auth.System)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(u.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tE-MAIL\tNAME\tROLE\tSTATE")
	for _, v := range users {
		state := "active"
		if v.Disabled {
			state = "disabled"
		}
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\n", v.ID, v.Email, v.Name, v.Role, state)
	}
	return t.Flush()
}

func (u userTool) add(ctx context.Context, email, name string, role auth.Role) error {
	if name == "" {
		name, _, _ = strings.Cut(email, "@")
	}
	password, err := u.password()
	if err != nil {
		return err
	}
	made, err := u.desk.auth.CreateUser(ctx, commandLine(), auth.NewUser{Email: email, Name: name, Role: role, Password: password, Temporary: u.temporary})
	if err != nil {
		return err
	}
	fmt.Fprintf(u.stdout, "Added %s (%s) as %s.\n", made.Email, made.Name, made.Role)
	return nil
}

func (u userTool) passwd(ctx context.Context, email string) error {
	password, err := u.password()
	if err != nil {
		return err
	}
	return u.update(ctx, email, auth.UserChange{Password: &password, Temporary: u.temporary})
}

func (u userTool) update(ctx context.Context, email string, c auth.UserChange) error {
	users, err := u.desk.auth.Users(ctx, auth.System)
	if err != nil {
		return err
	}
	for _, v := range users {
		if v.Email != strings.ToLower(email) {
			continue
		}
		changed, err := u.desk.auth.UpdateUser(ctx, commandLine(), v.ID, c)
		if err != nil {
			return err
		}
		state := "active"
		if changed.Disabled {
			state = "disabled"
		}
		fmt.Fprintf(u.stdout, "Changed %s: %s, %s.\n", changed.Email, changed.Role, state)
		return nil
	}
	return fmt.Errorf("there is no user %s; 'wiredesk user list' shows all", email)
}

// commandLine is auth.System with the name of the account that the command runs as.
func commandLine() auth.Actor {
	by := auth.System
	if account, err := user.Current(); err == nil {
		by.Name += " (" + account.Username + ")"
	}
	return by
}

func (u userTool) password() (string, error) {
	if u.generate {
		password := auth.GeneratePassword()
		fmt.Fprintf(u.stdout, "Password: %s\n", password)
		return password, nil
	}
	return readPassword(u.env, "New password: ")
}

// readPassword asks on a terminal without showing what is typed; otherwise it reads a line.
func readPassword(e env, prompt string) (string, error) {
	if f, ok := e.stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(e.stderr, prompt)
		password, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(e.stderr)
		if err != nil {
			return "", fmt.Errorf("reading the password: %w", err)
		}
		return string(password), nil
	}
	line, err := bufio.NewReader(e.stdin).ReadString('\n')
	if err != nil && line == "" {
		return "", fmt.Errorf("reading the password from standard input: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}
