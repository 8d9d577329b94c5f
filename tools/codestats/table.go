package main

import (
	"fmt"
	"slices"
	"strings"
)

// faults lists the places that miss a goal.
func (s *stats) faults() []string {
	places := slices.Concat(s.comments.faults(), s.docs.faults(), s.code.faults(), s.web.tooLong)
	for _, folder := range s.web.cycles() {
		places = append(places, folder+": imports itself through other folders")
	}
	return places
}

// row is a line of the table: the figure of one checkout, and its goal.
type row struct {
	name, goal string
	figure     func(*stats) string
}

func rows() []row {
	var all []row
	for i, h := range habits {
		all = append(all, row{"comments, per 1,000 words: " + h.name, fmt.Sprintf("≤ %.2f", h.limit), func(s *stats) string { return fmt.Sprintf("%.2f", s.comments.rate(i)) }})
	}
	for i, h := range habits {
		all = append(all, row{"documents, per 1,000 words: " + h.name, fmt.Sprintf("≤ %.2f", h.limit), func(s *stats) string { return fmt.Sprintf("%.2f", s.docs.rate(i)) }})
	}
	return append(all,
		row{"words of comments; of documents", "", func(s *stats) string { return fmt.Sprintf("%d; %d", s.comments.words, s.docs.words) }},
		row{"Go without tests: share of comment lines", "10–14 %", func(s *stats) string { return fmt.Sprintf("%.1f %%", s.code.commentShare()) }},
		row{"Go: lines of a function p50, p95, max", fmt.Sprintf("max %d", maxFunction), func(s *stats) string { return spread(s.code.functions) }},
		row{"Go: lines of a file p50, p95, max", fmt.Sprintf("max %d", maxFile), func(s *stats) string { return spread(s.code.files) }},
		row{".tsx: lines of a file p50, p95, max", fmt.Sprintf("max %d", maxComponentFile), func(s *stats) string { return spread(s.web.tsx) }},
		row{"arrows between Go packages", "", func(s *stats) string { return fmt.Sprint(len(s.code.arrows)) }},
		row{"arrows between web folders; folders in a cycle", "0 in a cycle", func(s *stats) string { return fmt.Sprintf("%d; %d", s.web.arrows(), len(s.web.cycles())) }},
		row{"methods of the two largest types", "", func(s *stats) string { return strings.Join(s.code.largest(), ", ") }},
		row{"largest folder: Go; web", "", func(s *stats) string { return most(s.code.perFolder) + "; " + most(s.web.folders) }},
		row{"exported Go names without documentation", "0", func(s *stats) string { return fmt.Sprint(len(s.code.undocumented)) }},
		row{fmt.Sprintf("packages whose comment has under %d words", minEssay), "0", func(s *stats) string { return fmt.Sprint(s.code.withoutEssay()) }},
	)
}

func printTable(all []*stats) {
	header, rule := "| |", "| --- |"
	for _, s := range all {
		header, rule = header+" "+s.root+" |", rule+" --- |"
	}
	fmt.Println(header + " goal |\n" + rule + " --- |")
	for _, r := range rows() {
		line := "| " + r.name + " |"
		for _, s := range all {
			line += " " + r.figure(s) + " |"
		}
		fmt.Println(line + " " + r.goal + " |")
	}
}

// spread returns the median, the 95th percentile and the maximum of sorted values.
func spread(values []int) string {
	if len(values) == 0 {
		return "–"
	}
	at := func(percent int) int { return values[(len(values)-1)*percent/100] }
	return fmt.Sprintf("%d, %d, %d", at(50), at(95), at(100))
}

// most returns the folder with the most files, and their number.
func most(files map[string]int) string {
	largest := ""
	for folder, n := range files {
		if largest == "" || n > files[largest] || n == files[largest] && folder < largest {
			largest = folder
		}
	}
	return fmt.Sprintf("%s %d", largest, files[largest])
}
