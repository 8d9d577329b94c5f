package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// manCommand writes a manual page for each command, as packages install them below share/man/man1.
func manCommand(e env) *cobra.Command {
	return &cobra.Command{
		Use: "man DIR", Short: "Write the manual pages of all commands to a directory",
		Long: "Write a manual page (section 1) for each command to DIR, which is created if it does not exist.\n" +
			"SOURCE_DATE_EPOCH sets their date.",
		Example: "  wiredesk man /usr/local/share/man/man1 && man wiredesk",
		Args:    arguments("DIR"), ValidArgsFunction: completeDir,
		RunE: func(c *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return fmt.Errorf("creating the directory: %w", err)
			}
			if err := doc.GenManTree(c.Root(), &doc.GenManHeader{Section: "1", Source: "Wiredesk " + version(), Manual: "Wiredesk Manual"}, args[0]); err != nil {
				return fmt.Errorf("writing the manual pages: %w", err)
			}
			_, err := fmt.Fprintf(e.stdout, "The manual pages are in %s.\n", args[0])
			return err
		},
	}
}
