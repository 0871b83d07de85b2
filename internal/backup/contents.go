package backup

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"filippo.io/age"

	"plectica/internal/blob"
	"plectica/internal/fault"
	"plectica/internal/store"
)

const (
	contentDir    = "contents/"
	contentSuffix = ".age"
	// dayForm is how a content's key says on which day it was attached, in UTC.
	dayForm = "20060102"
	// contentRound bounds the contents sent in one round, in bytes, about: changes of maps
	// are to find the way to the place free.
	contentRound = 16 << 20
	// contentTimeout bounds sending one content.
	contentTimeout = time.Hour
	// contentWaits bounds the contents that are known to wait, contentKnown those of which
	// it is remembered that the place has them.
	contentWaits = 10_000
	contentKnown = 1 << 18
	// maxContents bounds how many contents of a place are listed.
	maxContents = 4 << 20
	// attachedEarly is how long before an archive something was attached that it has for
	// sure: it is said when it was before it is on disk.
	attachedEarly = time.Hour
	// fileTable is the table that names the contents of maps.
	fileTable = "file"
)

// attached names a content at a place: what it is, and the day on which a map was given it.
// A place has it anew for each such day, so that it can go with the archives of that time,
// though a map be given the same again later.
type attached struct {
	hash blob.Hash
	day  string
}

func attachedAt(h blob.Hash, at int64) attached {
	return attached{h, time.UnixMilli(at).UTC().Format(dayForm)}
}

func (a attached) key() string { return contentDir + a.day + "/" + a.hash.String() + contentSuffix }

// attachedOf reads the key of a content.
func attachedOf(key string) (a attached, ok bool) {
	rest, ok := strings.CutPrefix(key, contentDir)
	rest, ok2 := strings.CutSuffix(rest, contentSuffix)
	day, text, ok3 := strings.Cut(rest, "/")
	h, err := blob.Parse(text)
	return attached{h, day}, ok && ok2 && ok3 && err == nil
}

// courier brings to a place the contents that its newest archive does not have. It belongs
// to one goroutine, but for age.
type courier struct {
	sender
	blobs blob.Store

	mu    sync.Mutex
	waits map[attached]int64 // since when, milliseconds since 1970

	known map[attached]bool // the place has them, or nobody has
	since int64             // when the place's newest archive was made; 0: it has none
	asked time.Time         // when that was looked for
	next  time.Time         // it is not looked before what waits
}

// age returns how long the content has waited that waits longest; 0: none does.
func (c *courier) age() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	age, now := time.Duration(0), c.now()
	for _, at := range c.waits {
		age = max(age, now.Sub(time.UnixMilli(at)))
	}
	return age
}

// bring sends what waits, the oldest first, as much as goes in one round.
func (c *courier) bring(ctx context.Context) error {
	if err := c.look(ctx); err != nil {
		return err
	}
	c.mu.Lock()
	list := slices.SortedFunc(maps.Keys(c.waits), func(a, b attached) int {
		return cmp.Or(cmp.Compare(c.waits[a], c.waits[b]), strings.Compare(a.key(), b.key()))
	})
	c.mu.Unlock()
	left := int64(contentRound)
	for _, a := range list {
		if left <= 0 {
			return nil
		}
		if len(c.known) >= contentKnown {
			return fault.New(fault.Limit, "more files were attached since the last archive than can be sent to "+c.place.Name+"; the next archive has them")
		}
		n, err := c.send(ctx, a)
		if err != nil {
			return err
		}
		left -= n
		c.done(a)
	}
	return nil
}

func (c *courier) done(a attached) {
	c.known[a] = true
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waits, a)
}

// look finds the contents that the place may not have.
func (c *courier) look(ctx context.Context) error {
	began := time.Now()
	if began.Before(c.next) {
		return nil
	}
	if err := c.ask(ctx, began); err != nil {
		return err
	}
	var found map[attached]int64
	began = time.Now()
	err := c.view(ctx, func(v store.View) (err error) {
		found, err = c.found(ctx, v)
		return err
	})
	c.next = time.Now().Add(max(shipEvery, tablesRest*time.Since(began)))
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waits = found
	return nil
}

// ask looks now and then which archive of the place is the newest.
func (c *courier) ask(ctx context.Context, now time.Time) error {
	if !c.asked.IsZero() && now.Sub(c.asked) < shipLook {
		return nil
	}
	r, _, err := Newest(ctx, c.place, c.now())
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if c.asked = now; r.Created != c.since {
		c.since = r.Created
		clear(c.known) // what waits is counted from another archive on
	}
	return nil
}

// found returns what was attached since the place's newest archive. What another map had
// before is in that.
func (c *courier) found(ctx context.Context, v store.View) (map[attached]int64, error) {
	from := c.since - attachedEarly.Milliseconds()
	out, old := make(map[attached]int64), make(map[blob.Hash]bool)
	err := eachFile(ctx, v, func(h blob.Hash, at int64) {
		if a := attachedAt(h, at); at >= from && !c.known[a] && len(out) < contentWaits {
			out[a], old[h] = at, false
		}
	})
	if err != nil || len(out) == 0 {
		return out, err
	}
	err = eachFile(ctx, v, func(h blob.Hash, at int64) {
		if _, ok := old[h]; ok && at < from {
			old[h] = true
		}
	})
	maps.DeleteFunc(out, func(a attached, _ int64) bool { return old[a.hash] })
	return out, err
}

// eachFile calls f for every file of every map: its content, and when it was attached.
func eachFile(ctx context.Context, v store.View, f func(h blob.Hash, at int64)) error {
	list, err := v.Tables(ctx)
	if err != nil {
		return err
	}
	for _, t := range list {
		if t.Name != fileTable {
			continue
		}
		hash, added := slices.Index(t.Columns, "hash"), slices.Index(t.Columns, "added")
		if hash < 0 || added < 0 {
			return fault.New(fault.Internal, "the table of files is another than is known")
		}
		return v.Rows(ctx, t, func(values []any) error {
			h, ok := values[hash].([]byte)
			at, ok2 := values[added].(int64)
			if !ok || !ok2 || len(h) != len(blob.Hash{}) {
				return fault.New(fault.Internal, "a file without the hash of its content")
			}
			f(blob.Hash(h), at)
			return nil
		})
	}
	return nil
}

// send makes a content at the place, if it is not there, and returns how many bytes that
// were. One that is lost or damaged here is told of, and keeps no other waiting.
func (c *courier) send(ctx context.Context, a attached) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, contentTimeout)
	defer cancel()
	_, err := c.place.Stat(ctx, a.key())
	if err == nil {
		return 0, nil
	}
	if !fault.Is(err, fault.NotFound) {
		return 0, fault.Wrap(fault.Busy, "look for a file's content at "+c.place.Name, err)
	}
	o, err := c.blobs.Open(ctx, a.hash)
	if (fault.Is(err, fault.NotFound) || fault.Is(err, fault.Internal)) && ctx.Err() == nil {
		c.report(fault.Wrap(fault.KindOf(err), "send the content "+a.hash.String()+" to "+c.place.Name, err))
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer func() { _ = o.Close() }() // only read
	ours, err := pipe(ctx, c.place, a.key(), c.place.lock(c.now().Add(c.keep)), func(to io.Writer) error {
		return seal(to, c.keys.Recipients(), o)
	})
	if err != nil && !fault.Is(err, fault.Conflict) && !ours {
		err = fault.Wrap(fault.Busy, "send a file's content to "+c.place.Name, err)
	}
	if err != nil && !fault.Is(err, fault.Conflict) { // else it came there meanwhile
		return 0, err
	}
	return o.Size(), nil
}

// seal writes what r holds, for keys to open.
func seal(to io.Writer, keys []age.Recipient, r io.Reader) error {
	w, err := age.Encrypt(to, keys...)
	if err != nil {
		return fault.Wrap(fault.Internal, "encrypt a file's content", err)
	}
	if _, err = io.Copy(w, r); err == nil {
		err = w.Close()
	}
	if err != nil && !errors.Is(err, errPlace) {
		return fault.Wrap(fault.Internal, "encrypt a file's content", err)
	}
	return err
}

// Fetch brings contents that a place has to where contents are kept, and returns those that
// it could: what is damaged there or sealed for another key is as if it were not.
func Fetch(ctx context.Context, p Place, keys []age.Identity, want []blob.Hash, to blob.Store) (got []blob.Hash, err error) {
	left := make(map[blob.Hash]bool, len(want))
	for _, h := range want {
		left[h] = true
	}
	err = walk(ctx, p, contentDir, "", maxContents, func(o blob.Info) error {
		if len(left) == 0 {
			return errEnough
		}
		a, ok := attachedOf(o.Key)
		if !ok || !left[a.hash] {
			return nil
		}
		err := fetch(ctx, p, keys, o, a.hash, to)
		if err == nil {
			got = append(got, a.hash)
			delete(left, a.hash)
			return nil
		}
		if ctx.Err() == nil && (fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid)) {
			return nil // another day may have a sound one
		}
		return err
	})
	return got, err
}

// fetch brings one content. It returns fault.Invalid for what is not that content, or
// cannot be opened.
func fetch(ctx context.Context, p Place, keys []age.Identity, info blob.Info, h blob.Hash, to blob.Store) error {
	o, err := p.Open(ctx, info.Key)
	if err != nil {
		return fault.Wrap(fault.KindOf(err), "read a file's content at "+p.Name, err)
	}
	defer func() { _ = o.Close() }() // only read
	in := blob.NewSource(ctx, o)
	opened, err := age.Decrypt(in, keys...)
	if err == nil {
		_, _, err = to.Put(ctx, &checked{r: opened, sum: sha256.New(), of: h, from: in}, info.Size)
	}
	switch {
	case in.Err() != nil:
		return fault.Wrap(fault.Busy, "read a file's content at "+p.Name, in.Err())
	case opened == nil:
		return fault.Wrap(fault.Invalid, "open a file's content", err)
	}
	return err
}

// checked reads a content, and ends with fault.Invalid if it is not the one it should be.
type checked struct {
	r    io.Reader
	from *blob.Source
	sum  hash.Hash
	of   blob.Hash
}

// Read implements io.Reader.
func (c *checked) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	_, _ = c.sum.Write(p[:n]) // it never fails
	if err == nil || c.from.Err() != nil {
		return n, err
	}
	if !errors.Is(err, io.EOF) || blob.Hash(c.sum.Sum(nil)) != c.of {
		return n, fault.New(fault.Invalid, "a file's content is not what its name says")
	}
	return n, io.EOF
}
