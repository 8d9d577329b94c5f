package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/term"
)

// initialPasswordFile returns the file for the first administrator's generated password. It is used when standard output
// is not a terminal, since such output is often stored, as the logs of containers are.
func initialPasswordFile(c config) string { return filepath.Join(c.dataDir, "admin-password") }

// writeInitialPassword writes the password to a file that only its owner can read.
func writeInitialPassword(c config, password string) error {
	path := initialPasswordFile(c)
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
		return fmt.Errorf("writing the first administrator's password: %w; 'wiredesk user passwd %s --generate' sets another", err, c.adminEmail)
	}
	return nil
}

// signInLine returns the output about the first sign-in. It has the password itself only for a terminal.
func signInLine(c config, password string, terminal bool) string {
	if terminal {
		return fmt.Sprintf("  Sign in     %s  with the password  %s\n              It is shown only once; 'wiredesk user passwd' sets another.\n", c.adminEmail, password)
	}
	return fmt.Sprintf("  Sign in     %s  with the password in  %s\n              Delete the file afterwards; 'wiredesk user passwd' sets another.\n", c.adminEmail, initialPasswordFile(c))
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
