package post

// SearchedFields are the fields whose words a search finds, by their names in the API.
// SearchedTexts returns their texts; the documentation of the API and the dashboard have the same names.
var SearchedFields = []string{"title", "description", "content", "category", "tags"}

// SearchedTexts returns the texts that a search reads, those of SearchedFields in order, each tag
// by itself. A phrase does not reach from one text into the next.
func (p *Post) SearchedTexts() []string {
	return append([]string{p.Title, p.Description, p.Content, p.Category}, p.Tags...)
}
