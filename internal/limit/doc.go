// Package limit bounds sign-in attempts, the computation that they cost, and what a user writes. Attempts counts
// failures for keys and backs off; Rates and Budgets bound uses and amounts over time; Queue shares a number of slots
// fairly; Priority lets cheap work wait for important work; Lines bounds log lines. All hold their state in this process, in bounded memory. The package knows no accounts and no HTTP.
package limit
