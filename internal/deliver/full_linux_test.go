package deliver

import (
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// TestFullDisk: records wait while the disk is full, which is said; what is there is whole
// lines, and nothing is missing once there is room.
func TestFullDisk(t *testing.T) {
	path := t.TempDir()
	if err := unix.Mount("tmpfs", path, "tmpfs", 0, "size=256k"); err != nil {
		t.Skip("a small disk needs the right to mount: ", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(path, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	p := &filesPlace{t, path + "/records"}
	r := &rig{t: t, log: &testLog{}, memory: &memory{}, place: p, now: time.UnixMilli(noon), origin: origin}
	r.log.add(100)
	s := r.open()
	r.deliver(s)
	p.do(os.WriteFile(path+"/filler", make([]byte, 150<<10), 0o600))
	r.log.add(100)
	s.turn(t.Context())
	if st := s.Status(); st.Position != 100 || st.Behind != 100 || st.Problem != "the disk for the files of records is full" {
		t.Errorf("%+v", st)
	}
	if diff := cmp.Diff(numbers(0, 100), r.ids()); diff != "" {
		t.Error(diff)
	}
	p.do(os.Remove(path + "/filler"))
	r.deliver(s)
	if diff := cmp.Diff(numbers(0, 200), r.ids()); diff != "" || len(p.taken(t)) != 200 {
		t.Error(diff)
	}
}
