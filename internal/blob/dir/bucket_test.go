package dir

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/blob"
	"plectica/internal/blob/blobtest"
	"plectica/internal/fault"
)

func openBucket(t *testing.T) *Bucket {
	t.Helper()
	b, err := OpenBucket(filepath.Join(t.TempDir(), "deep", "objects [1]"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBucket(t *testing.T) {
	blobtest.Buckets(t, func(t *testing.T) blob.Bucket { return openBucket(t) })
}

func create(t *testing.T, b *Bucket, key string) error {
	t.Helper()
	_, err := b.Create(t.Context(), key, strings.NewReader("rain"), blob.CreateOptions{})
	return err
}

// files are the paths of all files in the directory.
func files(t *testing.T, b *Bucket) (found []string) {
	t.Helper()
	err := filepath.WalkDir(b.path, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			rel, err := filepath.Rel(b.path, path)
			found = append(found, filepath.ToSlash(rel))
			return err
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestCleanTakesWhatNobodyWrites: what a crash left goes, what another process is
// writing stays.
func TestCleanTakesWhatNobodyWrites(t *testing.T) {
	b := openBucket(t)
	if err := create(t, b, "k"); err != nil {
		t.Fatal(err)
	}
	for name, age := range map[string]time.Duration{newPrefix + "old": abandoned + time.Minute, newPrefix + "young": 0, "stranger": 2 * abandoned} {
		if err := os.WriteFile(filepath.Join(b.path, name), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(-age)
		if err := os.Chtimes(filepath.Join(b.path, name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{newPrefix + "young", "k", "stranger"}, files(t, b)); diff != "" {
		t.Error(diff)
	}
}

// TestCleanedWhileWritten: whose file was taken away meanwhile has made nothing.
func TestCleanedWhileWritten(t *testing.T) {
	b := openBucket(t)
	r := io.MultiReader(strings.NewReader("rain"), readFunc(func([]byte) (int, error) {
		left, err := unfinished(b.path)
		if err != nil || len(left) != 1 {
			t.Fatalf("%q, %v", left, err)
		}
		return 0, errors.Join(os.Remove(left[0]), io.EOF)
	}))
	_, err := b.Create(t.Context(), "a/k", iotest.OneByteReader(r), blob.CreateOptions{})
	if err == nil || fault.Is(err, fault.NotFound) {
		t.Errorf("made of a file that is gone: %v", err)
	}
	if got := files(t, b); len(got) != 0 {
		t.Errorf("left: %q", got)
	}
}

type readFunc func(p []byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

// TestNothingIsLeft: beside objects there is nothing after a call, whatever came of it.
func TestNothingIsLeft(t *testing.T) {
	b := openBucket(t)
	if err := create(t, b, "a/k"); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"a/k", "a", "a/k/b", "a/k/b/c"} { // taken, a folder, in a file
		if err := create(t, b, key); !fault.Is(err, fault.Conflict) {
			t.Errorf("%q: %v", key, err)
		}
	}
	if _, err := b.Create(t.Context(), "b", iotest.ErrReader(errors.New("cut")), blob.CreateOptions{}); err == nil {
		t.Error("made of a broken source")
	}
	if diff := cmp.Diff([]string{"a/k"}, files(t, b)); diff != "" {
		t.Error(diff)
	}
	if err := b.Delete(t.Context(), "a"); err != nil {
		t.Error(err)
	}
	if _, err := b.Stat(t.Context(), "a/k/b"); !fault.Is(err, fault.NotFound) {
		t.Errorf("in a file: %v", err)
	}
}

// TestStrangersAreNoObjects: what has no key, is a link or lies behind one is not listed.
func TestStrangersAreNoObjects(t *testing.T) {
	b, other := openBucket(t), openBucket(t)
	if err := errors.Join(create(t, b, "a/k"), create(t, other, "secret")); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(
		os.WriteFile(filepath.Join(b.path, "Notes.txt"), nil, 0o600), os.Mkdir(filepath.Join(b.path, ".hidden"), 0o700),
		os.WriteFile(filepath.Join(b.path, ".hidden", "x"), nil, 0o600), os.Symlink(other.path, filepath.Join(b.path, "b")),
		os.Symlink(other.file("secret"), filepath.Join(b.path, "a", "link"))); err != nil {
		t.Skip("this system makes no links: ", err)
	}
	list, err := b.List(t.Context(), "", "", blob.MaxList)
	if err != nil || len(list) != 1 || list[0].Key != "a/k" {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestCutObject: a file that is shorter than it was when it was opened ends with an error.
func TestCutObject(t *testing.T) {
	b := openBucket(t)
	if err := create(t, b, "k"); err != nil {
		t.Fatal(err)
	}
	f, err := b.Open(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if err := os.Truncate(b.file("k"), 2); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(f); err == nil {
		t.Errorf("read %q to its end", got)
	}
}

// TestLostDirectory: a place that is gone, as a disk that is not mounted, is no empty one.
func TestLostDirectory(t *testing.T) {
	b := openBucket(t)
	if err := os.RemoveAll(b.path); err != nil {
		t.Fatal(err)
	}
	if list, err := b.List(t.Context(), "", "", 1); err == nil {
		t.Errorf("listed %v", list)
	}
	if err := create(t, b, "k"); err == nil || fault.Is(err, fault.NotFound) {
		t.Errorf("create: %v", err)
	}
	if err := blob.Check(t.Context(), b); err == nil {
		t.Error("it can be used")
	}
}

// TestWithoutRenaming: a file system that cannot rename only to a new name has links.
func TestWithoutRenaming(t *testing.T) {
	b := openBucket(t)
	from := filepath.Join(b.path, newPrefix+"1")
	if err := errors.Join(create(t, b, "k"), os.WriteFile(from, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, rename := range []func(from, to string) error{renameNew, os.Link} {
		if err := rename(from, b.file("k")); !errors.Is(err, os.ErrExist) && !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("onto another: %v", err)
		}
	}
	info, err := b.Stat(t.Context(), "k")
	if err != nil || info.Size != 4 {
		t.Errorf("%+v, %v", info, err)
	}
}
