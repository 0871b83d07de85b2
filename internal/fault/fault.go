// Package fault holds the kinds of errors that cross package borders. Only the
// edge turns a kind into a status, a close code or a sentence for a person; an
// error without a kind counts as Internal and its text stays inside. Values are
// immutable and safe for concurrent use.
package fault

// Kind says what sort of thing went wrong.
type Kind uint8

// The kinds. Their numbers travel in NACK frames and must not change.
const (
	Internal   Kind = 0  // ours; the text is not for people
	Permission Kind = 1  // the role does not allow it
	Cycle      Kind = 2  // a card would come to lie inside itself
	Gone       Kind = 3  // the thing, or what it depends on, was deleted
	Conflict   Kind = 4  // it exists already, or a place is taken
	Limit      Kind = 5  // a documented bound was reached
	Schema     Kind = 6  // the op does not fit the model
	Stale      Kind = 7  // too old to be merged
	Invalid    Kind = 8  // malformed input
	NotFound   Kind = 9  // no such thing, or not visible to the asker
	Auth       Kind = 10 // not signed in
	Busy       Kind = 11 // a bounded queue is full; try again later
	Lost       Kind = 12 // ownership, or the outcome of a write, is unknown
)

// names are the kinds' stable text forms, for logs, metrics and the API.
var names = [...]string{
	"internal", "permission", "cycle", "gone", "conflict", "limit", "schema",
	"stale", "invalid", "not_found", "auth", "busy", "lost",
}

// String returns the kind's stable name.
func (k Kind) String() string {
	if int(k) < len(names) {
		return names[k]
	}
	return names[Internal]
}

// Error is an error with a kind. Text may be shown to a person unless the kind
// is Internal, so it holds no content and no secret.
type Error struct {
	Kind Kind
	Text string
	Err  error // what lies below, may be nil; never shown
}

// Error returns the text and the text of what lies below, for logs.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Text + ": " + e.Err.Error()
	}
	return e.Text
}

// Unwrap returns what lies below.
func (e *Error) Unwrap() error { return e.Err }

// New returns an error of a kind.
func New(k Kind, text string) *Error { return &Error{Kind: k, Text: text} }

// Wrap returns an error of a kind with its cause.
func Wrap(k Kind, text string, err error) *Error { return &Error{Kind: k, Text: text, Err: err} }

// KindOf returns the kind of the first *Error in err's tree, else Internal. It
// walks the tree itself: package errors would bring reflection into the browser.
func KindOf(err error) Kind {
	if e := find(err); e != nil {
		return e.Kind
	}
	return Internal
}

func find(err error) *Error {
	for err != nil {
		if e, ok := err.(*Error); ok {
			return e
		}
		switch u := err.(type) {
		case interface{ Unwrap() error }:
			err = u.Unwrap()
		case interface{ Unwrap() []error }:
			for _, e := range u.Unwrap() {
				if found := find(e); found != nil {
					return found
				}
			}
			return nil
		default:
			return nil
		}
	}
	return nil
}

// Is reports whether err has kind k. A nil error has none.
func Is(err error, k Kind) bool { return err != nil && KindOf(err) == k }
