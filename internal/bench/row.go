package bench

import (
	"fmt"
	"slices"
	"time"
)

// row is one result: a line of the table, and its figures for comparisons of builds.
type row struct {
	name, text string
	figures    []figure
}

// figure is a number of a row. Its name completes the name of the row and may be empty.
type figure struct {
	name  string
	value float64
}

// note is a row without figures.
func note(name, text string) row { return row{name: name, text: text} }

// count is a row of one number, printed by format.
func count(name, format string, value float64) row {
	return row{name, fmt.Sprintf(format, value), []figure{{"", value}}}
}

// duration is a row of one duration.
func duration(name string, d time.Duration) row {
	return row{name, short(d), []figure{{"", d.Seconds()}}}
}

// cpu is duration for CPU time, which not every system reports.
func cpu(name string, d time.Duration, known bool) row {
	if !known {
		return note(name, "unknown")
	}
	return duration(name, d)
}

// spread is a row of the median, the 99th percentile and the maximum of values, which it sorts.
func spread(name string, values []time.Duration) row {
	slices.Sort(values)
	p50, p99, highest := percentile(values, 50), percentile(values, 99), percentile(values, 100)
	return row{name, fmt.Sprintf("p50 %s, p99 %s, max %s", short(p50), short(p99), short(highest)),
		[]figure{{"p50", p50.Seconds()}, {"p99", p99.Seconds()}}}
}

// withDetail appends detail to the text of r.
func (r row) withDetail(format string, args ...any) row {
	r.text += fmt.Sprintf(format, args...)
	return r
}

// short rounds to three digits.
func short(d time.Duration) string {
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{time.Second, "s"}, {time.Millisecond, "ms"}, {time.Microsecond, "µs"}} {
		if d >= unit.size {
			return fmt.Sprintf("%.3g %s", float64(d)/float64(unit.size), unit.name)
		}
	}
	return d.String()
}

// percentile returns the value below which p percent of the sorted values are.
func percentile[T any](sorted []T, p int) T {
	var none T
	if len(sorted) == 0 {
		return none
	}
	return sorted[min(len(sorted)-1, len(sorted)*p/100)]
}
