package evidence

import "bytes"

// The kinds of frames that matter here, and the longest varint.
const (
	kindWelcome = 16
	kindCommit  = 17
	kindNack    = 18
	maxVarint   = 10
)

// reader takes a message apart. After the first bad byte it stays bad.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if r.bad || len(r.b) < n {
		r.bad = true
		return make([]byte, n)
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) byte() byte { return r.take(1)[0] }

func (r *reader) id() ID { return ID(r.take(len(ID{}))) }

func (r *reader) uint() uint64 {
	var v uint64
	for i := range maxVarint {
		b := r.byte()
		v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			return v
		}
	}
	r.bad = true
	return 0
}

// int reads a number whose small magnitudes are short, of either sign.
func (r *reader) int() int64 {
	v := r.uint()
	return int64(v>>1) ^ -int64(v&1)
}

// cut takes want away if the rest begins with it.
func (r *reader) cut(want []byte) bool {
	if r.bad || !bytes.HasPrefix(r.b, want) {
		return false
	}
	r.b = r.b[len(want):]
	return true
}

// welcome is what the server says of a connection's beginning.
type welcome struct {
	epoch, head, from, author, last uint64
}

func (r *reader) welcome() welcome {
	w := welcome{epoch: r.uint(), head: r.uint(), from: r.uint()}
	r.byte() // the role
	w.author, w.last = r.uint(), r.uint()
	r.uint() // limits
	r.uint()
	r.take(int(min(r.uint(), uint64(len(r.b)+1)))) // an address
	return w
}

// shown is one transaction as it was shown, without its ops.
type shown struct {
	actor       ID
	author, csn uint64
	at          int64
}

func (r *reader) shown() shown {
	return shown{actor: r.id(), author: r.uint(), csn: r.uint(), at: r.int()}
}

func (r *reader) nack() uint64 {
	csn := r.uint()
	r.byte() // why
	r.id()   // where it could go
	return csn
}
