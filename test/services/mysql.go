package services

import (
	"database/sql"
	"testing"

	_ "github.com/go-sql-driver/mysql" // the driver
)

const mariaDBAddress = "127.0.0.1:23306"

const account = "wiredesk:wiredesk-secret"

// MySQL makes an empty database, which is dropped when the test ends, and returns its DATABASE_URL.
func MySQL(t testing.TB) string {
	t.Helper()
	server, err := sql.Open("mysql", account+"@tcp("+mariaDBAddress+")/")
	if err != nil {
		t.Fatal(err)
	}
	name := "wiredesk_test_" + unique()
	if _, err := server.Exec("CREATE DATABASE " + name); err != nil {
		t.Fatalf("making a database: %v", err)
	}
	t.Cleanup(func() {
		if _, err := server.Exec("DROP DATABASE " + name); err != nil {
			t.Errorf("dropping a database: %v", err)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return "mysql://" + account + "@" + mariaDBAddress + "/" + name
}
