package verify

import (
	"context"
	"slices"
)

// readDeleted compares the deleted posts with the log: there must be one for each post whose last event is
// a deletion. Posts without events in the log are not checked.
func (c *check) readDeleted(ctx context.Context) error {
	kept := make(map[int64]bool)
	for after := int64(0); ; {
		rows, err := c.store.DeletedRows(ctx, after, pagePosts)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		for _, row := range rows {
			after, kept[row.ID] = row.ID, true
			switch {
			case row.Exists:
				c.report.found(deletedDiffers, "post %d is among the deleted posts and among the others", row.ID)
			case !row.Deleted:
				c.report.found(deletedDiffers, "post %d is among the deleted posts, but no event deleted it as version %d", row.ID, row.Version)
			case row.Stray:
				c.report.found(deletedDiffers, "post %d: the columns of the deleted post differ from its document", row.ID)
			default:
				c.report.deletedPosts++
			}
		}
	}
	var lacking []int64
	for id, p := range c.chains {
		if p.deleted && !kept[id] {
			lacking = append(lacking, id)
		}
	}
	slices.Sort(lacking)
	for _, id := range lacking {
		seq, err := c.store.MissingDeleted(ctx, id) // 0 if the post was restored since the log was read
		if err != nil {
			return err
		}
		if seq > 0 {
			c.report.found(deletedDiffers, "post %d is not among the deleted posts, although event %d deleted it", id, seq)
		}
	}
	return nil
}

// readLabels compares the labels, the names for filters of lists, with the posts.
func (c *check) readLabels(ctx context.Context) error {
	for after := int64(0); ; {
		stray, last, err := c.store.StrayLabels(ctx, after, pagePosts)
		if err != nil {
			return err
		}
		for _, id := range stray {
			c.report.found(postDiffers, "post %d: its labels differ from its document", id)
		}
		if after = last; last == 0 {
			break
		}
	}
	ids, err := c.store.OrphanLabels(ctx, kept)
	for _, id := range ids {
		c.report.found(postDiffers, "post %d is not there, but has labels", id)
	}
	return err
}
