package bench

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// compare runs m with both builds in turn, cfg.Rounds times each, and prints for each figure
// the median of both and the ratio, Binary's to Compare's, of the runs of one round: median,
// and in brackets minimum and maximum. The first build alternates, so that a machine
// that becomes faster or slower favours neither.
func (c Config) compare(ctx context.Context, m measurement) error {
	old := c
	old.Binary = c.Compare
	var results [2][][]row // of the old and the new build, by round
	for round := range c.Rounds {
		for i := range 2 {
			which := (round + i) % 2
			rows, err := []Config{old, c}[which].measure(ctx, m)
			if err != nil {
				return fmt.Errorf("round %d, %s: %w", round+1, []string{c.Compare, c.Binary}[which], err)
			}
			results[which] = append(results[which], rows)
		}
	}
	fmt.Fprintf(c.Out, "%s: %s; %d rounds\n", m.name, m.help, c.Rounds)
	return printRatios(c.Out, results[0], results[1])
}

// printRatios prints a line for each figure that the rows of both builds have. Rows are
// matched by name: a build may lack one.
func printRatios(out io.Writer, before, after [][]row) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "  \told\tnew\tnew/old\t\n")
	for _, r := range after[0] {
		for _, f := range r.figures {
			x, y := column(before, r.name, f.name), column(after, r.name, f.name)
			if len(x) != len(y) {
				continue
			}
			ratios := make([]float64, len(x))
			for i := range x {
				ratios[i] = y[i] / x[i]
			}
			fmt.Fprintf(table, "  %s %s\t%.4g\t%.4g\t%.2f\t(%.2f–%.2f)\n", r.name, f.name,
				median(x), median(y), median(ratios), slices.Min(ratios), slices.Max(ratios))
		}
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("printing ratios: %w", err)
	}
	_, err := fmt.Fprintln(out)
	return err
}

// column returns one figure of each run.
func column(runs [][]row, name, part string) []float64 {
	var values []float64
	for _, rows := range runs {
		for _, r := range rows {
			for _, f := range r.figures {
				if r.name == name && f.name == part {
					values = append(values, f.value)
				}
			}
		}
	}
	return values
}

// median returns the middle of values, the mean of the middle two if their number is even.
func median(values []float64) float64 {
	sorted := slices.SortedFunc(slices.Values(values), cmp.Compare[float64])
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
