package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// nameSetting adds to an error of a file or directory the name of the setting that contains its path. It returns other
// errors unchanged.
func (c config) nameSetting(err error) error {
	var of *fs.PathError
	if !errors.As(err, &of) || strings.HasPrefix(err.Error(), "DATA_DIR") || strings.HasPrefix(err.Error(), "DATABASE_URL") {
		return err
	}
	database, sqlite := strings.CutPrefix(c.databaseURL, "sqlite://")
	switch {
	case sqlite && !inside(c.dataDir, database) && (inside(filepath.Dir(database), of.Path) || inside(of.Path, database)):
		return fmt.Errorf("DATABASE_URL=%q cannot be used: %w; for example DATABASE_URL=sqlite:///var/lib/wiredesk/wiredesk.db", c.databaseURL, err)
	case inside(c.dataDir, of.Path) || inside(of.Path, c.dataDir):
		return fmt.Errorf("DATA_DIR=%q cannot be used: %w; for example DATA_DIR=/var/lib/wiredesk", c.dataDir, err)
	}
	return err
}

// inside reports whether path is dir or below it.
func inside(dir, path string) bool {
	absDir, dirErr := filepath.Abs(dir)
	absPath, pathErr := filepath.Abs(path)
	if dirErr != nil || pathErr != nil {
		return false
	}
	rel, err := filepath.Rel(absDir, absPath)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
