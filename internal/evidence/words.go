package evidence

import (
	"bytes"
	"fmt"
)

// maxWord is the longest word in bytes.
const maxWord = 64

// Word returns a text that no other edit contains: what is put in twice is then
// seen, whatever number it has.
func Word(client ID, n uint64) string { return fmt.Sprintf("[[%x.%d]]", client[:8], n) }

// words returns the words in a row's bytes.
func words(b []byte) []string {
	var out []string
	for {
		i := bytes.Index(b, []byte("[["))
		if i < 0 {
			return out
		}
		b = b[i:]
		n := bytes.Index(b[:min(len(b), maxWord)], []byte("]]"))
		if n < 0 {
			b = b[2:]
			continue
		}
		out = append(out, string(b[:n]))
		b = b[n:]
	}
}
