// Package limit bounds the use of resources by key: sign-in attempts, computations, and written bytes.
// Attempts counts failures and backs off; Rates and Budgets bound uses and amounts over time; Queue shares
// slots fairly; Priority delays cheap work while important work runs; Lines bounds log lines. All keep
// their state in this process, in bounded memory. The package knows no accounts and no HTTP.
package limit
