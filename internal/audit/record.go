// Package audit is the record of every access: what a record says, who it is about without
// naming them, and how it comes to disk with what it records, or what it records does not
// happen. It never holds content or secrets; whom records are about is sealed with a key
// for each person, and forgotten with it. A Log is safe for concurrent use; an Entry
// belongs to one request. Reading, proving and watching the log are others' work.
package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"
	"unicode"

	"plectica/internal/id"
	"plectica/internal/store"
)

// Act is what was done: a name of the tables in this package.
type Act string

// Result is what became of it.
type Result string

// The results.
const (
	OK      Result = "ok"
	Refused Result = "refused" // by the rules
	Failed  Result = "failed"  // by a fault of ours
)

// Kind is what sort of somebody did something.
type Kind string

// The kinds.
const (
	Person   Kind = "account"
	Visitor  Kind = "visit"    // came by a link
	Stranger Kind = "stranger" // nobody knows who: an address, for a day
	Server   Kind = "server"   // the program by itself
	Command  Kind = "command"  // somebody at the server's own machine
)

// Who is somebody. ID is of an account or a visit; zero when whom the record is about was
// forgotten. Alias is what records call them.
type Who struct {
	Kind  Kind
	ID    [id.Size]byte
	Alias string
}

// Object is what something was done to: its sort, and a name that says nothing by itself.
// Accounts and addresses of mail are given by OfAccount and OfEmail.
type Object struct {
	Sort string
	ID   string
	// Alias is what records call an account, in one that was read.
	Alias string
}

// The sorts of objects that are not named as they are: records have aliases of them.
const (
	sortAccount = "account"
	sortEmail   = "email"
)

// OfAccount is an account as an object. In records it has the account's alias.
func OfAccount(a id.Account) Object { return Object{Sort: sortAccount, ID: id.Format(a)} }

// OfEmail is an address that somebody gave, whether or not there is an account. In records
// it is a hash that means nothing on another day.
func OfEmail(address string) Object { return Object{Sort: sortEmail, ID: address} }

// Of is any other object.
func Of(sort string, v [id.Size]byte) Object { return Object{Sort: sort, ID: id.Format(v)} }

// From is where something came from.
type From struct {
	Addr   netip.Addr
	Agent  string // what the browser calls itself
	Device string // names the device's cookie without saying it
}

// Count is how many of something.
type Count struct {
	Name string
	N    uint64
}

// Event is a record as those read it who hold the keys.
type Event struct {
	Seq     uint64 // its number in the log, from 0
	At      int64  // milliseconds since 1970
	Act     Act
	By      Who
	On      Object // zero: nothing in particular
	To      Object // whom or what it concerned besides, as who got a role
	Org     store.OrgID
	Result  Result
	Code    string // of what was refused or failed: a kind of fault
	From    From
	Request string
	Session string // names the sign-in, visit or token without saying it
	Counts  []Count
}

// N returns one of its counts.
func (e *Event) N(name string) uint64 {
	for _, c := range e.Counts {
		if c.Name == name {
			return c.N
		}
	}
	return 0
}

// Add adds to one of its counts.
func (e *Event) Add(name string, n uint64) {
	i, found := slices.BinarySearchFunc(e.Counts, name, func(c Count, name string) int { return strings.Compare(c.Name, name) })
	if found {
		e.Counts[i].N += n
		return
	}
	e.Counts = slices.Insert(e.Counts, i, Count{name, n})
}

// SessionOf names by what somebody came, without saying it.
func SessionOf(key store.Ref) string {
	if key == (store.Ref{}) {
		return ""
	}
	h := sha256.Sum256(append([]byte{byte(key.Sort)}, key.ID[:]...))
	return hex.EncodeToString(h[:8])
}

// DeviceOf names a device's cookie without saying it.
func DeviceOf(cookie string) string {
	if cookie == "" {
		return ""
	}
	h := sha256.Sum256([]byte("device " + cookie))
	return hex.EncodeToString(h[:8])
}

// maxAgent bounds what is kept of an agent, in bytes.
const maxAgent = 200

// cleanAgent is what a browser calls itself, fit to be kept and shown: nothing that moves a
// terminal's cursor or turns the direction of writing.
func cleanAgent(s string) string {
	s = strings.ToValidUTF8(s[:min(len(s), maxAgent)], "")
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
}
