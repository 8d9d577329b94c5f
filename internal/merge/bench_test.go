package merge

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// bounds are texts of 250 000 bytes that make the merge work hard.
func bounds() map[string][3]string {
	const size = 250_000
	r := rand.New(rand.NewPCG(7, 8))
	letters := func(n int) string {
		lines := make([]string, size/2)
		for i := range lines {
			lines[i] = string(rune('a' + r.IntN(n)))
		}
		return strings.Join(lines, "\n")
	}
	lines := func(format string, skip int) string {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			if skip == 0 || i%skip != 0 {
				fmt.Fprintf(&b, format, i)
			}
		}
		return b.String()[:size]
	}
	empty := strings.Repeat("\n", size)
	return map[string][3]string{
		"prose":           {lines("Paragraph %d is "+strings.Repeat("long ", 60)+"\n\n", 0), lines("Paragraph %d is "+strings.Repeat("long ", 60)+"\n\n", 7), lines("Paragraph %d is "+strings.Repeat("long ", 60)+"\n\n", 11)},
		"two letters":     {letters(2), letters(2), letters(2)},
		"four letters":    {letters(4), letters(4), letters(4)},
		"empty lines":     {empty, empty[:size-1000] + "x" + empty[:999], "x" + empty[:size/2]},
		"periodic":        {strings.Repeat("a\nb\n", size/4), strings.Repeat("b\nb\na\n", size/6), strings.Repeat("a\na\nb\n", size/6)},
		"unique lines":    {lines("%d\n", 0), lines("%d\n", 2), lines("%d\n", 3)},
		"all lines other": {lines("%d a\n", 0), lines("%d b\n", 0), lines("%d c\n", 3)},
		"one long line":   {strings.Repeat("é", size/2), strings.Repeat("é", size/2-2) + "\nx", strings.Repeat("è", size/2)},
	}
}

func BenchmarkLines(b *testing.B) {
	for name, c := range bounds() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Lines(c[0], c[1], c[2])
			}
		})
	}
}
