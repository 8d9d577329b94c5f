package post

// SearchedFields are the names of the fields that a search covers, as in the API. It is the one list:
// a test compares the API documentation and the dashboard with it.
var SearchedFields = []string{"title", "description", "content", "category", "tags"}

// SearchedTexts returns the texts of SearchedFields in order, each tag as a text of its own. A phrase
// matches within one text.
func (p *Post) SearchedTexts() []string {
	return append([]string{p.Title, p.Description, p.Content, p.Category}, p.Tags...)
}
