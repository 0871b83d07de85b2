package account

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"

	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/mail"
	"plectica/internal/store"
	"plectica/internal/throttle"
)

const (
	// DeviceLife is how long a browser keeps the cookie that a device is known by.
	DeviceLife = 365 * 24 * time.Hour
	// maxDevices is how many sign-ins are listed.
	maxDevices = 200
	// maxSeen is how many devices an account remembers; the one unused longest goes.
	maxSeen = 100
	// noteEvery is how exactly it is remembered when one was used.
	noteEvery = 24 * time.Hour
	// keptDevices and keptHabits are the names under which it is kept what an account is
	// known by. They have a character that no name has which people choose.
	keptDevices, keptHabits = ".devices", ".habits"
	// ownKept is how many of such things there are, beyond what people may fill.
	ownKept = 2
)

// Device is a sign-in as its owner sees it.
type Device struct {
	store.Session
	Name    string // of the browser, as Firefox on Linux
	Current bool   // the one that asks
}

// Devices lists a person's sign-ins, the last used first.
func (s *Service) Devices(ctx context.Context, w Who) ([]Device, error) {
	list, err := s.st.Sessions(ctx, w.Account.ID, maxDevices)
	if err != nil {
		return nil, err
	}
	var out []Device
	for _, v := range list {
		if s.holds(v, w.Account) {
			out = append(out, Device{Session: v, Name: DeviceName(v.Agent), Current: v.ID == w.Session.ID})
		}
	}
	return out, nil
}

// EndDevice ends one sign-in of a person's own. For another than this one they have
// just shown who they are: somebody at their device must not put them out elsewhere.
func (s *Service) EndDevice(ctx context.Context, w Who, v store.SessionID) error {
	if w.Program() {
		return errProgram()
	}
	if v != w.Session.ID {
		if err := s.NeedRecent(ctx, w); err != nil {
			return err
		}
	}
	got, _, err := s.st.SessionByID(ctx, v)
	if fault.Is(err, fault.NotFound) || err == nil && got.Account != w.Account.ID {
		return fault.New(fault.NotFound, "there is no such sign-in")
	}
	if err != nil {
		return err
	}
	return s.changed(ctx, s.st.EndSession(ctx, v, s.now()))
}

// EndOthers ends all of a person's sign-ins but this one, as EndDevice does.
func (s *Service) EndOthers(ctx context.Context, w Who) error {
	if err := s.NeedRecent(ctx, w); err != nil {
		return err
	}
	return s.changed(ctx, s.st.EndSessions(ctx, w.Account.ID, w.Session.ID, s.now()))
}

// seen is a device, or a browser and a network, that an account was signed in from.
type seen struct {
	Key string `json:"k"` // a hash: of the cookie, or of the browser's name and network
	At  int64  `json:"at"`
}

func seenKey(sort string, text string) string {
	h := sha256.Sum256([]byte(sort + ":" + text))
	return base64.RawStdEncoding.EncodeToString(h[:])
}

// meet notes from where somebody signed in and tells them by mail if neither the
// device nor such a browser in that network was seen before, and no mail told of it
// already. It returns what goes into the device's cookie, if it has none that counts.
// That a device was not noted keeps nobody out.
func (s *Service) meet(ctx context.Context, from Client, a store.Account, by store.Proof) (cookie string) {
	device := from.Device
	if _, ok := parseSecret(device); !ok {
		device, _ = newSecret()
		cookie = device
	}
	s.report(ctx, s.learn(ctx, from, a, by))
	first, known, err := s.noteSeen(ctx, from, a.ID, device)
	s.report(ctx, err)
	if err == nil && !first && !known && by&store.ByMail == 0 {
		s.tell(ctx, from, a.Email, mail.NewSignIn{Event: s.event(from)})
	}
	return cookie
}

// noteSeen notes from where somebody signed in, and reports whether that is the first time at all,
// and whether the device or such a browser in that network was seen before.
func (s *Service) noteSeen(ctx context.Context, from Client, a id.Account, device string) (first, known bool, err error) {
	s.habits.Lock()
	defer s.habits.Unlock()
	now := s.now()
	list, err := s.seenOf(ctx, a)
	if err != nil {
		return false, false, err
	}
	first, change := len(list) == 0, false
	for _, key := range []string{seenKey("device", device), seenKey("agent", DeviceName(from.agent())+" "+from.place())} {
		i := slices.IndexFunc(list, func(v seen) bool { return v.Key == key })
		switch {
		case i < 0:
			list, change = append(list, seen{key, now}), true
		case now-list[i].At >= noteEvery.Milliseconds():
			list[i].At, known, change = now, true, true
		default:
			known = true
		}
	}
	if change {
		err = s.keepSeen(ctx, a, list)
	}
	return first, known, err
}

// met reports whether an account was signed in to from this device, or such a browser in
// this network, before.
func (s *Service) met(ctx context.Context, from Client, a id.Account) bool {
	list, err := s.seenOf(ctx, a)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(list, func(v seen) bool {
		return v.Key == seenKey("device", from.Device) || v.Key == seenKey("agent", DeviceName(from.agent())+" "+from.place())
	})
}

// guess counts an attempt at a password. From a network that is slowed down it goes on as
// before for whoever was signed in to the account with this browser.
func (s *Service) guess(ctx context.Context, from Client, email string) (refund func(), err error) {
	now := s.c.Now()
	braked := s.c.Brake.Slowed(now, throttle.OfNetwork(from.Addr)) && !s.knows(ctx, from, email)
	if braked {
		if wait := s.c.Brake.Try(now, from.Addr); wait > 0 {
			return nil, tooMany(wait)
		}
	}
	refund, err = s.limits.signIn(now, from, email, func() bool { return s.knows(ctx, from, email) })
	if err != nil || !braked {
		return refund, err
	}
	return func() { refund(); s.c.Brake.Give(from.Addr) }, nil
}

// knows reports whether somebody was signed in to an account with a device before. It
// asks as much of the store when there is no such account.
func (s *Service) knows(ctx context.Context, from Client, email string) bool {
	if !isSecret(from.Device) {
		return false
	}
	a, _, err := s.st.AccountByEmail(ctx, email)
	return s.metDevice(ctx, from, a.ID) && err == nil
}

// metDevice reports whether an account was signed in to with this device before.
func (s *Service) metDevice(ctx context.Context, from Client, a id.Account) bool {
	if !isSecret(from.Device) {
		return false
	}
	list, err := s.seenOf(ctx, a)
	key := seenKey("device", from.Device)
	return err == nil && slices.ContainsFunc(list, func(v seen) bool { return v.Key == key })
}

func (s *Service) seenOf(ctx context.Context, a id.Account) ([]seen, error) {
	b, err := s.st.Kept(ctx, a, keptDevices)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []seen
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, fault.Wrap(fault.Internal, "read the devices of an account", err)
	}
	return list, nil
}

// keepOwn keeps something of an account for the site, beside what people fill themselves.
func (s *Service) keepOwn(ctx context.Context, a id.Account, name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fault.Wrap(fault.Internal, "write what an account is known by", err)
	}
	return s.st.Keep(ctx, a, name, b, mostKept+ownKept, roomKept+ownKept*MaxKept, s.now())
}

func (s *Service) keepSeen(ctx context.Context, a id.Account, list []seen) error {
	slices.SortStableFunc(list, func(a, b seen) int { return int(b.At - a.At) })
	return s.keepOwn(ctx, a, keptDevices, list[:min(len(list), maxSeen)])
}
