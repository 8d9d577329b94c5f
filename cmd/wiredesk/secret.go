package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/wiredesk/wiredesk/internal/auth"
)

// secret returns the secret that signs access tokens and records. Without JWT_SECRET it is in a file that only its
// owner can read, which serve generates. Other commands return nil while the file does not exist: servers refuse records
// that are signed with another secret.
func (c config) secret() ([]byte, error) {
	if c.jwtSecret != "" {
		return []byte(c.jwtSecret), nil
	}
	path := filepath.Join(c.dataDir, "jwt-secret")
	secret, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !c.makesSecret:
		return nil, nil
	case errors.Is(err, fs.ErrNotExist):
		return newSecret(path)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the signing secret: %w", err)
	}
	return []byte(strings.TrimSpace(string(secret))), nil
}

// newSecret writes a complete file and then links it, so that two processes that start at the same time use one secret.
func newSecret(path string) ([]byte, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("creating DATA_DIR: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".jwt-secret-") // mode 0600
	if err != nil {
		return nil, fmt.Errorf("writing the signing secret: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(auth.GeneratePassword() + auth.GeneratePassword() + auth.GeneratePassword() + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("writing the signing secret: %w", err)
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("writing the signing secret: %w", err)
	}
	secret, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the signing secret: %w", err)
	}
	return []byte(strings.TrimSpace(string(secret))), nil
}
