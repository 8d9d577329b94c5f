package post

import (
	"context"
	"time"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/event"
)

// Deleted is a deleted post as the list shows it. Its Version is that of the deletion: the
// version before is the one to restore.
type Deleted struct {
	Summary
	DeletedAt time.Time   `json:"deletedAt"`
	DeletedBy event.Actor `json:"deletedBy"`
}

// NewDeleted returns the post that was deleted as version. No reader sees it any more.
func NewDeleted(before Summary, version int64, at time.Time, by event.Actor) Deleted {
	before.Version, before.Published, before.LiveVersion = version, false, nil
	return Deleted{Summary: before, DeletedAt: at, DeletedBy: by}
}

// Author is the name that the list shows and filters by.
func (s *Summary) Author() string {
	if s.AuthorName != "" {
		return s.AuthorName
	}
	return s.CreatedBy.Name
}

// NameCount is a category, tag or author in use, with its number of posts.
type NameCount struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
}

// Tags returns the tags in use, by name.
func (s *Service) Tags(ctx context.Context, by auth.Actor) ([]NameCount, error) {
	if err := by.Require(auth.Viewer); err != nil {
		return nil, err
	}
	return s.store.Tags(ctx)
}

// Authors returns the authors of posts, by name.
func (s *Service) Authors(ctx context.Context, by auth.Actor) ([]NameCount, error) {
	if err := by.Require(auth.Viewer); err != nil {
		return nil, err
	}
	return s.store.Authors(ctx)
}
