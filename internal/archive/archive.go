// Package archive is the form in which all of an installation lies elsewhere: archives that
// describe themselves, and segments of what changed between them; tar or lines, packed by
// zstd, sealed by age. Nothing is ever whole in memory. What is read back is compared with
// what was written, and damage has a name. It knows no place and no clock.
package archive

import (
	"encoding/hex"
	"strconv"
	"strings"

	"plectica/internal/blob"
	"plectica/internal/fault"
	"plectica/internal/id"
)

// Format is the version of archives this code writes and reads.
const Format = 1

// Bounds of an archive.
const (
	// partBytes is about how many bytes of rows one part holds, partRows how many rows.
	partBytes = 2 << 20
	partRows  = 5000
	// maxPart bounds a part when it is read back: one row may be a map's base.
	maxPart = 512 << 20
	// maxParts bounds the parts of an archive, maxMaps its maps.
	maxParts = 4 << 20
	maxMaps  = 1 << 20
	// maxManifest bounds the manifest, in bytes.
	maxManifest = 1 << 30
	// window is how far back the compression looks, in bytes; it is held in memory.
	window = 4 << 20
)

// The names in an archive, in the order they come in.
const (
	headName     = "archive.json"
	tableDir     = "tables/"    // tables/NAME/0000000.ndjson
	mapDir       = "maps/"      // maps/ID/0000000.ndjson
	blobDir      = "blobs/"     // blobs/HASH
	snapshotDir  = "snapshots/" // snapshots/KEY
	fileDir      = "files/"     // files/NAME
	manifestName = "manifest.json"
	partSuffix   = ".ndjson"
)

// Head says what an archive is; it is the first thing in it.
type Head struct {
	Format  int    `json:"format"`
	ID      string `json:"id"`
	App     string `json:"app"`    // the version of the program that made it
	Schema  int    `json:"schema"` // of the tables
	Created int64  `json:"created"`
}

// Map is what a manifest says of one map.
type Map struct {
	ID   string `json:"id"`
	Head uint64 `json:"head"`
	Ops  uint64 `json:"ops"`
	Hash string `json:"hash"` // of the state at head
}

// Part is what a manifest says of one entry.
type Part struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
	Sum  string `json:"sha256"`
}

// Manifest is the last thing in an archive: without it, it was cut.
type Manifest struct {
	Head
	Maps  []Map  `json:"maps"`
	Parts []Part `json:"parts"`
	// Missing are contents that maps name and that could not be read when the archive
	// was made.
	Missing []string `json:"missing,omitempty"`
	Totals
}

// Totals are the sums of an archive.
type Totals struct {
	MapCount  int    `json:"mapCount"`
	OpCount   uint64 `json:"opCount"`
	BlobCount int    `json:"blobCount"`
	BlobBytes int64  `json:"blobBytes"`
}

// partName names the n-th part of something.
func partName(dir, name string, n int) string {
	number := strconv.Itoa(n)
	return dir + name + "/" + strings.Repeat("0", max(0, 7-len(number))) + number + partSuffix
}

// baseTable is the table of where logs begin.
const baseTable = "base"

// baseName names the part with the base of a map.
func baseName(of string) string { return mapDir + of + "/" + baseTable + partSuffix }

// kinds of entries.
type kind int

const (
	isTable kind = iota + 1
	isMap
	isBase
	isBlob
	isSnapshot
	isFile
)

// entry is a name in an archive, taken apart.
type entry struct {
	kind  kind
	table string
	of    id.Map
	hash  blob.Hash
	key   string // of a snapshot, or the name of a file
}

// parseEntry refuses, with fault.Internal, a name that no archive has.
func parseEntry(name string) (e entry, err error) {
	bad := fault.New(fault.Internal, "the archive holds something that does not belong there")
	dir, rest, ok := strings.Cut(name, "/")
	if !ok {
		return e, bad
	}
	switch dir + "/" {
	case tableDir, mapDir:
		owner, part, ok := strings.Cut(rest, "/")
		number, suffix := strings.CutSuffix(part, partSuffix)
		base := dir+"/" == mapDir && number == baseTable
		if _, nerr := strconv.ParseUint(number, 10, 32); !ok || !suffix || nerr != nil && !base {
			return e, bad
		}
		if dir+"/" == tableDir {
			return entry{kind: isTable, table: owner}, nil
		}
		if e.of, err = id.Parse[id.Map](owner); err != nil {
			return e, bad
		}
		if e.kind = isMap; base {
			e.kind = isBase
		}
		return e, nil
	case blobDir:
		if e.hash, err = blob.Parse(rest); err != nil {
			return e, bad
		}
		e.kind = isBlob
		return e, nil
	case snapshotDir:
		e.kind, e.key = isSnapshot, rest
	case fileDir:
		e.kind, e.key = isFile, rest
	default:
		return e, bad
	}
	if !safeName(e.key) {
		return e, bad
	}
	return e, nil
}

// safeName reports whether a name with slashes leads nowhere but down.
func safeName(name string) bool {
	const most = 512
	if name == "" || len(name) > most || strings.ContainsAny(name, "\\\x00:") {
		return false
	}
	for s := range strings.SplitSeq(name, "/") {
		if s == "" || s == "." || s == ".." {
			return false
		}
	}
	return true
}

// Hex is how hashes are written.
func Hex(b []byte) string { return hex.EncodeToString(b) }
