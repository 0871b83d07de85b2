package structure

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// lessons are tests that each hold what another editor learned the hard way. None
// may get lost; each lives where the thing it tests lives.
var lessons = []string{
	"TestOfflinePutThenDeleteStaysDeleted", "TestBadDeltaRestartsHello", "TestLateCloseOfOldNonceIgnored",
	"TestTokenFailureOnceStillReconnects", "TestOldClientGetsNoNewerOps", "TestResumeChecksSchema",
	"TestNoTimerInClosedRoom", "TestHiddenTabIsNotDead", "TestDeletesReachFlakyClient", "TestPlaceIsOneRegister",
	"TestUndoKeepsOthersWork", "TestStaleTabCannotRevert", "TestServerOrderNotHighestID", "TestStoreStormBounded",
	"TestStoreErrorLeaksNothing", "TestFailedLoadNeverOverwrites", "TestShutdownFlushes", "TestLoadMemoryBounded",
	"TestWasmOOMReinstantiates", "TestConcurrentSameGapInsert",
}

// testSources returns all tests there are, of Go and of the interface.
func testSources(t *testing.T) []byte {
	t.Helper()
	var all bytes.Buffer
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git" || d.Name() == "testdata" || d.Name() == "dist") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") && !strings.HasSuffix(path, ".test.ts") {
			return nil
		}
		b, err := os.ReadFile(path)
		all.Write(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.Bytes()
}

// TestLessonsAreTests: every lesson is a test of its name, with a comment that says
// what it is.
func TestLessonsAreTests(t *testing.T) {
	all := testSources(t)
	for _, name := range lessons {
		inGo := regexp.MustCompile(`(?m)^// ` + name + `: .+\n(//.*\n)*func ` + name + `\(t \*testing\.T\)`)
		inPage := regexp.MustCompile(`(?m)^\t*//.*\n\t*it\('` + name + `'`)
		if !inGo.Match(all) && !inPage.Match(all) {
			t.Errorf("no test named %s, with a comment", name)
		}
	}
}
