package sqlstore

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// openProtected opens a SQLite file for reads. A file in WAL mode needs two files beside it, -wal and
// -shm, which a connection creates and the last one removes. The file is opened
//
//   - in the way of the server, if the file and its directory are writable;
//   - with the -wal and -shm of another process or of a copy, if they exist;
//   - as immutable, if no -wal has changes: a backup copy.
//
// write and read are the same pool: nothing is written.
func openProtected(driver, path string) (write, read *sql.DB, err error) {
	if err := readable(path); errors.Is(err, fs.ErrPermission) {
		return nil, nil, fmt.Errorf("opening the database: %w; run the command as the owner of the file", err)
	} else if err != nil {
		return nil, nil, fmt.Errorf("opening the database: %w; set DATA_DIR or DATABASE_URL as the server has them", err)
	}
	var failed []error
	for _, mode := range protectedModes(path) {
		if read, err = sqlitePool(driver, path, readers, mode+"&_pragma=query_only(1)"); err != nil {
			return nil, nil, err
		}
		if _, err = read.Exec("SELECT count(*) FROM sqlite_schema"); err == nil {
			return read, read, nil
		}
		failed = append(failed, err, read.Close())
	}
	err = errors.Join(failed...)
	return nil, nil, fmt.Errorf("opening %s without changing it: %w; if its directory cannot be written to, copy the file, with the -wal and -shm files beside it, "+
		"to one that can, and set DATABASE_URL=sqlite:// and the path of the copy", path, err)
}

// protectedModes returns the options of the driver to open the file with, in the order to try them.
func protectedModes(path string) []string {
	var modes []string
	if f, err := os.OpenFile(path, os.O_RDWR, 0); err == nil {
		f.Close()
		modes = append(modes, "mode=rw")
	}
	changes := size(path+"-wal") > 0
	if changes || size(path+"-shm") > 0 {
		modes = append(modes, "mode=ro")
	}
	if !changes {
		modes = append(modes, "mode=ro&immutable=1")
	}
	return modes
}

// size returns the size of a file in bytes; 0 if it does not exist.
func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// readable returns the error of opening the file at path for reads; nil if there is none.
func readable(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return f.Close()
}
