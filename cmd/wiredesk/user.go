package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/user"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/wiredesk/wiredesk/internal/auth"
)

func userCommand(e env) *cobra.Command {
	c := withSubcommands(&cobra.Command{
		Use: "user COMMAND", GroupID: groupData, Short: "Manage users",
		Long: `Manage users. A password is read from the terminal, or else from standard input.`,
	})
	c.AddCommand(userAddCommand(e), userListCommand(e), userPasswdCommand(e), userRoleCommand(e))
	c.AddCommand(userDisabledCommand(e, "disable", "End the user's sessions and refuse new ones", true))
	c.AddCommand(userDisabledCommand(e, "enable", "Undo disable", false))
	return c
}

// roles are the completions of a role.
var roles = cobra.FixedCompletions([]cobra.Completion{string(auth.Admin), string(auth.Editor), string(auth.Viewer)}, cobra.ShellCompDirectiveNoFileComp)

func userAddCommand(e env) *cobra.Command {
	u := userTool{env: e}
	var name, role string
	c := &cobra.Command{
		Use: "add EMAIL", Short: "Add a user", Args: arguments("EMAIL"), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, args []string) error {
			return u.run(c.Context(), func(ctx context.Context) error { return u.add(ctx, args[0], name, auth.Role(role)) })
		},
	}
	c.Flags().StringVar(&name, "name", "", "the user's name, as others see it (default: the part of EMAIL before the @)")
	c.Flags().StringVar(&role, "role", string(auth.Editor), "admin, editor or viewer")
	u.passwordFlags(c)
	if err := c.RegisterFlagCompletionFunc("role", roles); err != nil {
		panic(err) // the flag does not exist
	}
	return c
}

func userListCommand(e env) *cobra.Command {
	u := userTool{env: e}
	return &cobra.Command{
		Use: "list", Short: "List the users", Args: arguments(), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, _ []string) error { return u.run(c.Context(), u.list) },
	}
}

func userPasswdCommand(e env) *cobra.Command {
	u := userTool{env: e}
	c := &cobra.Command{
		Use: "passwd EMAIL", Short: "Set a new password and end the user's sessions", Args: arguments("EMAIL"), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, args []string) error {
			return u.run(c.Context(), func(ctx context.Context) error { return u.passwd(ctx, args[0]) })
		},
	}
	u.passwordFlags(c)
	return c
}

func userRoleCommand(e env) *cobra.Command {
	u := userTool{env: e}
	return &cobra.Command{
		Use: "role EMAIL admin|editor|viewer", Short: "Change the role of a user", Args: arguments("EMAIL", "ROLE"),
		ValidArgsFunction: func(c *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) != 1 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return roles(c, args, prefix)
		},
		RunE: func(c *cobra.Command, args []string) error {
			role := auth.Role(args[1])
			return u.run(c.Context(), func(ctx context.Context) error { return u.update(ctx, args[0], auth.UserChange{Role: &role}) })
		},
	}
}

func userDisabledCommand(e env, name, short string, disabled bool) *cobra.Command {
	u := userTool{env: e}
	return &cobra.Command{
		Use: name + " EMAIL", Short: short, Args: arguments("EMAIL"), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, args []string) error {
			return u.run(c.Context(), func(ctx context.Context) error { return u.update(ctx, args[0], auth.UserChange{Disabled: &disabled}) })
		},
	}
}

// userTool is one run of a command of user.
type userTool struct {
	env
	services  *services
	generate  bool
	temporary bool
}

// passwordFlags defines the flags of commands that set a password.
func (u *userTool) passwordFlags(c *cobra.Command) {
	c.Flags().BoolVar(&u.generate, "generate", false, "generate a password and print it")
	c.Flags().BoolVar(&u.temporary, "temporary", false, "the user must change the password at the next sign-in")
}

// run opens the services for do, and stops them afterwards.
func (u *userTool) run(ctx context.Context, do func(context.Context) error) error {
	d, _, err := u.openTool(ctx)
	if err != nil {
		return err
	}
	defer d.stop()
	u.services = d
	return do(ctx)
}

func (u *userTool) list(ctx context.Context) error {
	users, err := u.services.auth.Users(ctx, auth.System)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(u.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tEMAIL\tNAME\tROLE\tSTATE")
	for _, v := range users {
		state := "active"
		if v.Disabled {
			state = "disabled"
		}
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\n", v.ID, v.Email, v.Name, v.Role, state)
	}
	return t.Flush()
}

func (u *userTool) add(ctx context.Context, email, name string, role auth.Role) error {
	if name == "" {
		name, _, _ = strings.Cut(email, "@")
	}
	password, err := u.password()
	if err != nil {
		return err
	}
	made, err := u.services.auth.CreateUser(ctx, commandLine(), auth.NewUser{Email: email, Name: name, Role: role, Password: password, Temporary: u.temporary})
	if err != nil {
		return err
	}
	fmt.Fprintf(u.stdout, "Added %s (%s) as %s.\n", made.Email, made.Name, made.Role)
	return nil
}

func (u *userTool) passwd(ctx context.Context, email string) error {
	password, err := u.password()
	if err != nil {
		return err
	}
	return u.update(ctx, email, auth.UserChange{Password: &password, Temporary: u.temporary})
}

func (u *userTool) update(ctx context.Context, email string, c auth.UserChange) error {
	users, err := u.services.auth.Users(ctx, auth.System)
	if err != nil {
		return err
	}
	for _, v := range users {
		if v.Email != strings.ToLower(email) {
			continue
		}
		changed, err := u.services.auth.UpdateUser(ctx, commandLine(), v.ID, c)
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
	return fmt.Errorf("there is no user %s; 'wiredesk user list' lists all", email)
}

// commandLine returns auth.System with the name of the operating system's user.
func commandLine() auth.Actor {
	by := auth.System
	if account, err := user.Current(); err == nil {
		by.Name += " (" + account.Username + ")"
	}
	return by
}

func (u *userTool) password() (string, error) {
	if u.generate {
		password := auth.GeneratePassword()
		fmt.Fprintf(u.stdout, "Password: %s\n", password)
		return password, nil
	}
	return readPassword(u.env, "New password: ")
}

// readPassword reads a password from the terminal without echo, or else a line of standard input.
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
