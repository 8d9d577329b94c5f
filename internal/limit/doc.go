// Package limit bounds sign-in attempts and the computation that they cost. Attempts counts
// failures for keys and backs off; Queue shares a number of slots fairly. Both hold their
// state in this process, in bounded memory. The package knows no accounts and no HTTP.
package limit
