package archive

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/wiredesk/wiredesk/internal/auth"
	"github.com/wiredesk/wiredesk/internal/fault"
	"github.com/wiredesk/wiredesk/internal/post"
)

// Reader reads posts: a *post.Service.
type Reader interface {
	List(ctx context.Context, by auth.Actor, q post.Query) (post.Page, error)
	Get(ctx context.Context, by auth.Actor, id int64) (post.Doc, error)
	GetLive(ctx context.Context, by auth.Actor, id int64) (post.Doc, error)
}

// ExportReport counts and lists the files of an export.
type ExportReport struct {
	Written   int // new files, and files of an earlier export that were replaced
	Unchanged int
	Failed    []Note
	Others    []Note // Markdown files without a post; they stay unchanged
}

// Export writes every post, including drafts, to a file of dir, which it creates if it is missing. A post
// with unpublished changes has a second file for these. Drafts are confidential: a new directory has mode
// 0700, each file 0600. It replaces a file only if an earlier export has written it and it is unchanged
// since, and it removes none. Each file is written completely or not at all. An error means that the
// export stopped early; the report covers the posts until then.
func Export(ctx context.Context, svc Reader, by auth.Actor, dir string) (ExportReport, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return ExportReport{}, fmt.Errorf("making the directory: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return ExportReport{}, fmt.Errorf("opening the directory: %w", err)
	}
	defer root.Close()

	var report ExportReport
	written := make(map[string]bool)
	err = eachPost(ctx, svc, by, func(p post.Post) error {
		files, err := filesOf(ctx, svc, by, p)
		for _, f := range files {
			written[f.name] = true
			if err == nil {
				err = report.add(root, f)
			}
		}
		return err
	})
	if err != nil {
		return report, fmt.Errorf("exporting to %s: %w", dir, err)
	}
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return report, fmt.Errorf("reading %s: %w", dir, err)
	}
	for _, e := range entries {
		if path.Ext(e.Name()) == ".md" && !written[e.Name()] {
			report.Others = append(report.Others, Note{File: e.Name(), Text: "belongs to no post"})
		}
	}
	return report, nil
}

// eachPost calls do with every post, the oldest first.
func eachPost(ctx context.Context, svc Reader, by auth.Actor, do func(post.Post) error) error {
	q := post.Query{Sort: "createdAt", Limit: 100}
	for {
		list, err := svc.List(ctx, by, q)
		if err != nil {
			return err
		}
		for _, item := range list.Items {
			var summary post.Summary
			if err := json.Unmarshal(item, &summary); err != nil {
				return fmt.Errorf("decoding a summary: %w", err)
			}
			doc, err := svc.Get(ctx, by, summary.ID)
			if fault.KindOf(err) == fault.NotFound {
				continue // deleted after it was listed
			}
			if err != nil {
				return err
			}
			p, err := doc.Decode()
			if err != nil {
				return err
			}
			if err := do(p); err != nil {
				return err
			}
		}
		if list.Next == nil {
			return nil
		}
		q.After = list.Next
	}
}

// fileMode of exported posts: readable for their owner only.
const fileMode fs.FileMode = 0o600

// fileName returns the slug, which has no separator. If a file system does not allow it, or Import would
// treat it as hidden, the name has an '@', which no slug has.
func fileName(p post.Post) string {
	const maxName = 200 // bytes; file systems allow 255
	if len(p.Slug) > maxName || strings.HasPrefix(p.Slug, ".") || strings.HasPrefix(p.Slug, "_") {
		return fmt.Sprintf("post@%d.md", p.ID)
	}
	return p.Slug + ".md"
}

// file is a file of an export.
type file struct {
	name string
	src  []byte
}

// filesOf returns the file of a post and, if there are unpublished changes, the file of these. The first
// one then has the live text, so that no other tool publishes the changes.
func filesOf(ctx context.Context, svc Reader, by auth.Actor, p post.Post) ([]file, error) {
	name := fileName(p)
	if p.LiveVersion == nil || *p.LiveVersion == p.Version {
		src, err := render(p, "")
		return []file{{name, src}}, err
	}
	doc, err := svc.GetLive(ctx, by, p.ID)
	if fault.KindOf(err) == fault.NotFound {
		return nil, nil // unpublished after it was listed; the next export has it
	}
	if err != nil {
		return nil, err
	}
	live, err := doc.Decode()
	if err != nil {
		return nil, err
	}
	shown, err := render(live, "")
	if err != nil {
		return nil, err
	}
	p.Published = false
	changes, err := render(p, sealOf(shown))
	return []file{{name, shown}, {strings.TrimSuffix(name, ".md") + "@changes.md", changes}}, err
}

// add writes one file. If it must not be replaced, the failure concerns that file alone.
func (r *ExportReport) add(root *os.Root, f file) error {
	name, src := f.name, f.src
	info, err := root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		r.Failed = append(r.Failed, Note{File: name, Text: "is in the way: it is no regular file"})
		return nil
	default:
		old, err := root.ReadFile(name)
		if err != nil {
			return err
		}
		if bytes.Equal(old, src) {
			r.Unchanged++
			if info.Mode().Perm() != fileMode { // an earlier release wrote it readable for all
				return root.Chmod(name, fileMode)
			}
			return nil
		}
		if !ours(old) {
			r.Failed = append(r.Failed, Note{File: name, Text: "is kept: no export wrote it, or it was changed since; import it or move it away"})
			return nil
		}
	}
	if err := replace(root, name, src); err != nil {
		return err
	}
	r.Written++
	return nil
}

// replace writes the file under another name and renames it.
func replace(root *os.Root, name string, src []byte) error {
	temp := ".export-" + rand.Text()
	f, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	_, err = f.Write(src)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = root.Rename(temp, name)
	}
	if err != nil {
		return errors.Join(err, root.Remove(temp))
	}
	return nil
}

// head is an exported post's front matter. Import reads all of it but Updated.
type head struct {
	Title          string    `toml:"title"`
	Slug           string    `toml:"slug"`
	Date           time.Time `toml:"date"` // for other tools: of publication, else of creation
	CreatedAt      time.Time `toml:"createdAt"`
	PublishedAt    time.Time `toml:"publishedAt,omitzero"` // also of an unpublished post
	Updated        time.Time `toml:"updated"`
	Draft          bool      `toml:"draft"`
	Description    string    `toml:"description,omitempty"`
	Category       string    `toml:"category,omitempty"`
	Tags           []string  `toml:"tags,omitempty"`
	ReadTime       int       `toml:"readTime,omitempty"` // unless it is the computed one
	Author         string    `toml:"author,omitempty"`
	AuthorPosition string    `toml:"authorPosition,omitempty"`
	AuthorImage    string    `toml:"authorImage,omitempty"`
	BlogImage      string    `toml:"blogImage,omitempty"`
	ChangesOf      string    `toml:"changesOf,omitempty"` // the seal of the file with the live text
}

// seal is the start of the line that identifies a file of an export. The line ends with the SHA-256 of the
// file without it.
const seal = "\n# wiredesk export "

// sealOf returns the seal of an unchanged file of render, "" for any other file.
func sealOf(src []byte) string {
	_, rest, _ := bytes.Cut(src, []byte(seal))
	if !ours(src) {
		return ""
	}
	return string(rest[:hex.EncodedLen(sha256.Size)])
}

func render(p post.Post, changesOf string) ([]byte, error) {
	h := head{Title: p.Title, Slug: p.Slug, Date: p.CreatedAt, CreatedAt: p.CreatedAt, Updated: p.UpdatedAt, Draft: !p.Published,
		Description: p.Description, Category: p.Category, Tags: p.Tags, ReadTime: p.ReadTime,
		Author: p.AuthorName, AuthorPosition: p.AuthorPosition, AuthorImage: p.AuthorImage, BlogImage: p.BlogImage, ChangesOf: changesOf}
	if p.PublishedAt != nil {
		h.Date, h.PublishedAt = *p.PublishedAt, *p.PublishedAt
	}
	if p.ReadTime == post.ReadTime(p.Content) {
		h.ReadTime = 0
	}
	fields, err := toml.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("encoding post %d: %w", p.ID, err)
	}
	before := slices.Concat([]byte("+++\n"), bytes.TrimRight(fields, "\n"))
	after := []byte("\n+++\n\n" + p.Content)
	return slices.Concat(before, []byte(seal+sum(before, after)), after), nil
}

// ours reports whether src is an unchanged file of render.
func ours(src []byte) bool {
	before, rest, found := bytes.Cut(src, []byte(seal))
	size := hex.EncodedLen(sha256.Size)
	return found && len(rest) >= size && string(rest[:size]) == sum(before, rest[size:])
}

func sum(before, after []byte) string {
	h := sha256.New()
	h.Write(before)
	h.Write(after)
	return hex.EncodeToString(h.Sum(nil))
}
