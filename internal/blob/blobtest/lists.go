package blobtest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plectica/internal/blob"
)

// listed are all keys that begin with a prefix, read in pages.
func listed(t *testing.T, b blob.Bucket, prefix string, page int) (keys []string) {
	t.Helper()
	after := ""
	for range 1000 {
		list, err := b.List(t.Context(), prefix, after, page)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			return keys
		}
		if len(list) > page {
			t.Fatalf("a page of %d, asked for %d", len(list), page)
		}
		for _, o := range list {
			keys = append(keys, o.Key)
		}
		after = keys[len(keys)-1]
	}
	t.Fatal("the list does not end")
	return nil
}

// order: by the bytes of whole keys, where a slash comes between a dot and a zero.
func order(t *testing.T, b blob.Bucket) {
	want := []string{"a", "b-c", "b.c", "b/-", "b/0", "b/c/d", "b/cc", "b0", "b0-", "b_c", "bb", "c/a.z", "c/a/z", "c/a0z", "c/z"}
	for _, i := range rand.Perm(len(want)) {
		create(t, b, want[i], want[i])
	}
	for _, limit := range []int{1, 2, 7, len(want), blob.MaxList} {
		if diff := cmp.Diff(want, listed(t, b, "", limit)); diff != "" {
			t.Errorf("pages of %d: %s", limit, diff)
		}
	}
	for _, prefix := range []string{"a", "b", "b/", "b/c", "b/c/", "b0", "c/a", "c/a/", "c/a0", "d", "a/", "0"} {
		var some []string
		for _, k := range want {
			if strings.HasPrefix(k, prefix) {
				some = append(some, k)
			}
		}
		if diff := cmp.Diff(some, listed(t, b, prefix, 2)); diff != "" {
			t.Errorf("prefix %q: %s", prefix, diff)
		}
		for _, after := range []string{"a", "aa", "b", "b.z", "b/c", "b/c/a", "b/c/d", "b/c/d/e", "b/d", "bz", "c", "c/a", "c/a/zz", "c/z", "zz"} {
			wantAfter(t, b, some, prefix, after)
		}
	}
}

func wantAfter(t *testing.T, b blob.Bucket, all []string, prefix, after string) {
	t.Helper()
	var want, got []string
	for _, k := range all {
		if k > after {
			want = append(want, k)
		}
	}
	begun := time.Now()
	list, err := b.List(t.Context(), prefix, after, blob.MaxList)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list {
		wantInfo(t, o, o.Key, len(o.Key), begun)
		got = append(got, o.Key)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("prefix %q after %q: %s", prefix, after, diff)
	}
}

func pages(t *testing.T, b blob.Bucket) {
	var want []string
	for i := range 130 {
		key := fmt.Sprintf("maps/m%d/%04d", i%3, i)
		create(t, b, key, "x")
		want = append(want, key)
	}
	slices.Sort(want)
	for _, page := range []int{50, blob.MaxList} {
		if diff := cmp.Diff(want, listed(t, b, "maps/", page)); diff != "" {
			t.Errorf("pages of %d: %s", page, diff)
		}
	}
}
