package witness

import (
	"fmt"
	"strings"
	"time"

	"plectica/internal/proof"
)

// Kind is what a witness found.
type Kind uint8

// What a witness can find. The first two are as it should be.
const (
	Grew        Kind = iota // it begins with what was kept, and is cosigned
	Same                    // it is what was kept
	Stalled                 // the site answers, and has had no new record for long
	Clock                   // it grew or is the same, and says that it is another time than it is
	Old                     // a checkpoint from before the one that is kept: shown again
	Unreachable             // no answer, or none of the form
	Stranger                // not signed by the pinned key, or of another log
	Unproven                // the site answers that it does not prove that the log begins with what was kept
	Shrank                  // fewer records than what was kept, signed later
	Forked                  // other records than what was kept, signed by the same key
)

var kinds = [...]string{"grew", "same", "stalled", "clock", "old", "unreachable", "stranger", "unproven", "shrank", "forked"}

// String is its name.
func (k Kind) String() string { return kinds[k] }

// Verdict is what one look found.
type Verdict struct {
	Kind Kind
	Was  proof.Checkpoint // the last that is kept; of no origin: there was none
	Is   proof.Checkpoint // what was shown; of no origin: nothing that was signed
	Why  string           // more of it, for people; may be empty
	// Pinned is the log's key, if it was believed at this look since none was known before.
	Pinned string
	// Evidence are the files with checkpoints that contradict each other, of this look and of
	// all before, until it is begun anew.
	Evidence []string
}

// OK says whether nothing is wrong, now or earlier.
func (v Verdict) OK() bool { return v.Kind <= Same && len(v.Evidence) == 0 }

// String says it in one line.
func (v Verdict) String() string {
	var b strings.Builder
	b.WriteString(v.Kind.String())
	switch {
	case v.Is.Origin == "":
		fmt.Fprintf(&b, ": kept at %d records", v.Was.Size)
	case v.Was.Origin == "" || v.Kind == Same:
		fmt.Fprintf(&b, ": %d records", v.Is.Size)
	default:
		fmt.Fprintf(&b, ": from %d records to %d", v.Was.Size, v.Is.Size)
	}
	if v.Why != "" {
		b.WriteString("; " + v.Why)
	}
	if v.Pinned != "" {
		b.WriteString("; no key was given: from now on the log's is " + v.Pinned)
	}
	if n := len(v.Evidence); n > 0 {
		fmt.Fprintf(&b, "; contradicting checkpoints are kept: %d, the first is %s", n, v.Evidence[0])
	}
	return b.String()
}

const (
	// stalledAfter is how long a log may have no new record: to be asked is one.
	stalledAfter = time.Hour
	// maxSkew is how far a checkpoint's time may be from the witness's.
	maxSkew = 5 * time.Minute
)

// age looks at a sound checkpoint's time: kept is when the last one was cosigned.
func (v *Verdict) age(now, kept time.Time) {
	at := time.UnixMilli(v.Is.At)
	switch {
	case v.Kind == Same && now.Sub(kept) > stalledAfter:
		v.Kind, v.Why = Stalled, "no new record for "+now.Sub(kept).Round(time.Second).String()
	case v.Is.At != 0 && now.Sub(at).Abs() > maxSkew:
		v.Kind, v.Why = Clock, "signed at "+at.UTC().Format(time.RFC3339)+" by its own clock"
	}
}
