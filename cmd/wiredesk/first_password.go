package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/term"
)

// firstPasswordFile is where the generated password of the first administrator is written
// when standard output is no terminal: output is then often kept, as the logs of containers are.
func firstPasswordFile(c config) string { return filepath.Join(c.dataDir, "admin-password") }

// writeFirstPassword writes the password into a new file that only its owner may read.
func writeFirstPassword(c config, password string) error {
	path := firstPasswordFile(c)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err == nil {
		if err = f.Chmod(0o600); err == nil { // an older file may have another mode
			_, err = f.WriteString(password + "\n")
		}
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
	}
	if err != nil {
		return fmt.Errorf("writing the first administrator's password: %w; 'wiredesk user passwd %s --generate' makes another", err, c.adminEmail)
	}
	return nil
}

// signInLine shows the password itself only on a terminal.
func signInLine(c config, password string, terminal bool) string {
	if terminal {
		return fmt.Sprintf("  Sign in     %s  with the password  %s\n              It is shown this once; 'wiredesk user passwd' sets another.\n", c.adminEmail, password)
	}
	return fmt.Sprintf("  Sign in     %s  with the password in  %s\n              Delete the file afterwards; 'wiredesk user passwd' sets another.\n", c.adminEmail, firstPasswordFile(c))
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
