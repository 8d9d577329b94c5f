package fault_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/wiredesk/wiredesk/internal/fault"
)

func TestKindOf(t *testing.T) {
	for _, c := range []struct {
		err  error
		want fault.Kind
	}{
		{fault.New(fault.NotFound, "Gone."), fault.NotFound},
		{fmt.Errorf("reading: %w", fault.New(fault.Full, "Full.")), fault.Full},
		{errors.Join(io.EOF, fault.New(fault.Stale, "Old.")), fault.Stale},
		{fault.Wrap(fault.Unavailable, "Away.", fault.New(fault.NotFound, "Gone.")), fault.Unavailable}, // the outermost counts
		{fault.InvalidFields(), fault.Invalid},
		{io.EOF, fault.Internal},
		{nil, fault.Internal},
	} {
		if got := fault.KindOf(c.err); got != c.want {
			t.Errorf("%v is of kind %d, want %d", c.err, got, c.want)
		}
	}
}

func TestError_textForUsersAndLog(t *testing.T) {
	err := fault.Wrap(fault.Unavailable, "Try again.", io.ErrUnexpectedEOF)
	if got, want := err.Error(), "Try again. (unexpected EOF)"; got != want {
		t.Errorf("the log gets %q, want %q", got, want)
	}
	if err.Text != "Try again." || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("text %q, cause %v", err.Text, errors.Unwrap(err))
	}
	invalid := fault.InvalidFields(fault.Field{Name: "slug", Message: "is taken"}, fault.Field{Name: "tags", Message: "has 21"})
	if got, want := invalid.Error(), "Some fields are not valid. slug: is taken. tags: has 21."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
