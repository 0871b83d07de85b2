package watch

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"plectica/internal/audit"
	"plectica/internal/id"
	"plectica/internal/store"
)

func addr(a, b, c, d int) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(a), byte(b), byte(c), byte(d)})
}

// TestStuffing: many accounts tried from one address, and an office on Monday morning.
func TestStuffing(t *testing.T) {
	s := newScene(t, Config{})
	for n := range 300 {
		s.at = s.at.Add(time.Second)
		s.fails(addr(192, 0, 2, 7), n)
	}
	a := s.finds(Stuffing, figAccounts, 50)
	if a.From.Addr != addr(192, 0, 2, 7) || len(a.Evidence) == 0 {
		t.Errorf("%+v", a)
	}

	s = newScene(t, Config{})
	s.clock(8, 0)
	for n := range 200 {
		s.at = s.at.Add(10 * time.Second)
		p := account(n)
		p.from.Addr = addr(192, 0, 2, n)
		if n%8 == 0 { // who mistypes, and then does not
			s.fails(p.from.Addr, n)
		}
		s.in(p, true)
	}
	s.quiet(Stuffing)
	s.quiet(Spraying)
}

// TestStuffingOfAFlood: what is counted because it is too much names no account, and is seen.
func TestStuffingOfAFlood(t *testing.T) {
	s := newScene(t, Config{})
	s.see(audit.Event{Act: "signin", By: audit.Who{Kind: audit.Stranger}, From: audit.From{Addr: addr(192, 0, 2, 7)}, Result: audit.Refused,
		Counts: []audit.Count{{Name: "times", N: 500}}})
	s.finds(Stuffing, figTries, 500)
}

// TestSpraying: one try each on many accounts from many addresses, and people who mistype
// at home.
func TestSpraying(t *testing.T) {
	s := newScene(t, Config{})
	for n := range 120 {
		s.at = s.at.Add(20 * time.Second)
		s.fails(addr(100, 64, n/2, 7), n)
	}
	s.finds(Spraying, figAccounts, 25)
	s.quiet(Stuffing)

	s = newScene(t, Config{})
	for range 3 {
		s.clock(8, 0)
		for n := range 120 {
			s.at = s.at.Add(20 * time.Second)
			if p := account(n); n%4 == 0 && s.at.After(monday.AddDate(0, 0, 1)) {
				s.fails(p.from.Addr, n)
			}
			s.in(account(n), true)
		}
		s.at = s.at.AddDate(0, 0, 1)
	}
	s.quiet(Spraying)
}

// TestManyPlaces: an account that many share, one that is tried from everywhere, and a phone
// that moves between networks.
func TestManyPlaces(t *testing.T) {
	s := newScene(t, Config{})
	s.works(8, account(1))
	s.clock(9, 0)
	for n := range 12 {
		s.at = s.at.Add(20 * time.Minute)
		s.in(account(1).from2(fmt.Sprintf("203.0.%d.9", n), "Chrome", "", fmt.Sprint("other", n)), false)
	}
	if a := s.finds(ManyPlaces, figNetworks, 5); a.Who != account(1).who {
		t.Errorf("%+v", a)
	}

	s = newScene(t, Config{})
	for n := range 12 {
		s.fails(addr(203, 0, n, 1), 1)
	}
	if a := s.finds(ManyPlaces, figNetworks, 7); a.Who != (audit.Who{}) || a.On.Sort != "email" {
		t.Errorf("%+v", a)
	}

	s = newScene(t, Config{})
	s.works(8, account(1))
	for range 5 {
		s.clock(9, 0)
		for n := range 6 { // train, street, office: one phone
			s.at = s.at.Add(time.Hour)
			s.does(account(1).from2(fmt.Sprintf("203.0.%d.9", n*7%5), "Phone", "phone", "onphone"), "map.open", n)
		}
		s.at = s.at.AddDate(0, 0, 1)
	}
	s.quiet(ManyPlaces)
}

// TestNewPlace: a sign-in with a new device from a network that nobody uses; a colleague's
// network is no such thing.
func TestNewPlace(t *testing.T) {
	s := newScene(t, Config{})
	s.works(12, account(1))
	s.clock(10, 0)
	s.in(account(1).from2("203.0.113.9", "Chrome", "", "other"), false)
	if a := s.finds(NewPlace, figSurprise, 3); a.From.Addr.String() != "203.0.113.9" {
		t.Errorf("%+v", a)
	}

	s = newScene(t, Config{})
	s.works(12, account(1), account(2), account(3))
	s.clock(10, 0)
	s.in(account(1).from2("10.0.2.77", "Firefox", "d1", "again"), true) // where the second works
	s.quiet(NewPlace)
}

// TestImpossibleTravel: from Berlin to Sydney in an hour; a phone that roams, and a flight.
func TestImpossibleTravel(t *testing.T) {
	berlin, leipzig, sydney := Place{52.5, 13.4, "DE"}, Place{51.3, 12.4, "DE"}, Place{-33.9, 151.2, "AU"}
	places := func(a netip.Addr) (Place, bool) {
		switch b := a.As4(); b[0] {
		case 10:
			return berlin, true
		case 20:
			return leipzig, true
		case 30:
			return sydney, true
		}
		return Place{}, false
	}
	play := func(then string, later time.Duration) *scene {
		s := newScene(t, Config{Places: places})
		s.works(12, account(1))
		s.clock(10, 0)
		s.does(account(1), "map.open", 1)
		s.at = s.at.Add(later)
		s.in(account(1).from2(then, "Firefox", "d1", "again"), true)
		return s
	}
	play("30.0.0.1", time.Hour).finds(NewPlace, figSpeed, 10_000)
	play("20.0.0.1", time.Hour).quiet(NewPlace)    // roaming
	play("30.0.0.1", 26*time.Hour).quiet(NewPlace) // a flight, with the same laptop
	play("99.0.0.1", time.Hour).quiet(NewPlace)    // nobody knows where that is
}

// TestNewDevice: a device unlike those of the account; a browser that is known by its
// network, and the first days of an account.
func TestNewDevice(t *testing.T) {
	s := newScene(t, Config{})
	s.works(12, account(1))
	s.clock(10, 0)
	s.in(account(1).from2("203.0.113.9", "python", "", "other"), false)
	s.finds(NewDevice, figDevices, 1)

	s = newScene(t, Config{})
	s.in(account(1), false)
	s.in(account(1).from2("10.0.1.9", "Phone", "", "phone"), false)
	s.works(12, account(1))
	s.clock(10, 0)
	s.in(account(1).from2("10.0.1.9", "Firefox", "", "again"), true)
	s.quiet(NewDevice)
}

// TestSharedSession: a cookie used by another browser, a program's token used elsewhere;
// a browser that gets its cookie, a laptop that moves, a program that always moves.
func TestSharedSession(t *testing.T) {
	s := newScene(t, Config{})
	s.works(5, account(1))
	s.clock(10, 0)
	s.does(account(1).from2("203.0.113.9", "curl", "", "s1"), "map.open", 1)
	s.finds(SharedSession, figDevices, 2)

	token := func(addr, agent string) someone { return account(1).from2(addr, agent, "", "token") }
	s = newScene(t, Config{})
	s.works(1, account(1))
	for range 12 {
		s.at = s.at.AddDate(0, 0, 1)
		s.does(token("198.51.100.1", "backup"), "map.read", 1)
	}
	s.quiet(SharedSession)
	s.does(token("203.0.113.9", "curl"), "map.read", 2)
	s.finds(SharedSession, figChanged, 1)

	s = newScene(t, Config{})
	s.works(1, account(1))
	fresh := account(1).from2("10.0.1.9", "Firefox", "", "new")
	s.in(fresh, false)
	fresh.from.Device = "cookie"
	s.does(fresh, "map.open", 1)
	s.does(account(1).from2("203.0.113.9", "Firefox", "cookie", "new"), "map.open", 1)
	for n := range 12 {
		s.at = s.at.AddDate(0, 0, 1)
		for m := range 3 {
			s.does(token(fmt.Sprintf("198.51.%d.1", n*3+m), "runner"), "map.read", 1)
		}
	}
	s.quiet(SharedSession)
}

// TestFactorRemoved: by a stranger who goes on to take over; by somebody with a new phone.
func TestFactorRemoved(t *testing.T) {
	s := newScene(t, Config{})
	s.works(12, account(1))
	s.clock(10, 0)
	thief := account(1).from2("203.0.113.9", "Chrome", "", "other")
	s.in(thief, false)
	s.does(thief, "factor.code.remove", 0)
	s.does(thief, "account.email.begin", 0)
	s.does(thief, "account.password.change", 0)
	s.finds(FactorRemoved, figHeat, 1)

	s = newScene(t, Config{})
	s.works(12, account(1))
	s.clock(10, 0)
	s.does(account(1), "factor.passkey.add", 0)
	s.does(account(1), "factor.passkey.remove", 0)
	s.does(account(1), "account.password.change", 0)
	s.quiet(FactorRemoved)
}

// TestMassExport: all maps of an organisation, by an account, and by a link; a handful at
// the end of a project, and a program that takes all out each night.
func TestMassExport(t *testing.T) {
	s := newScene(t, Config{})
	s.works(12, account(1))
	s.clock(10, 0)
	for n := range 40 {
		s.at = s.at.Add(5 * time.Second)
		s.does(account(1), "map.export", n)
	}
	if a := s.finds(MassExport, figExported, 20); a.Figures[0].Usual > 6 || a.Who != account(1).who || a.Org != acme {
		t.Errorf("%+v", a)
	}

	s = newScene(t, Config{})
	guest := someone{audit.Who{Kind: audit.Visitor, ID: [16]byte{5}}, audit.From{Addr: addr(203, 0, 113, 1), Agent: "curl"}, "visit"}
	for n := range 40 {
		s.does(guest, "map.history.read", n)
	}
	s.finds(MassExport, figExported, 20)

	s = newScene(t, Config{})
	s.works(5, account(1))
	for range 12 {
		s.clock(3, 0)
		for n := range 60 {
			s.does(account(2), "map.export", n)
		}
		s.at = s.at.AddDate(0, 0, 1)
	}
	s.alerts = nil // of the first days
	s.clock(3, 0)
	for n := range 62 {
		s.does(account(2), "map.export", n)
	}
	for n := range 5 {
		s.does(account(1), "map.export", n)
	}
	s.quiet(MassExport)
}

// TestMassDeletion: maps, and what is in them; an owner who tidies.
func TestMassDeletion(t *testing.T) {
	s := newScene(t, Config{})
	s.works(12, account(1))
	s.clock(10, 0)
	for n := range 30 {
		s.does(account(1), "map.delete", n)
	}
	s.finds(MassDeletion, figDeleted, 15)

	s = newScene(t, Config{})
	s.works(12, account(1))
	s.clock(10, 0)
	for n := range 20 {
		s.does(account(1), audit.MapPush, n, audit.Count{Name: "changes", N: 1}, audit.Count{Name: "deleted", N: 40}, audit.Count{Name: "ops", N: 40})
	}
	s.finds(MassDeletion, figThings, 300)

	s = newScene(t, Config{})
	s.works(12, account(1))
	s.clock(10, 0)
	for n := range 5 {
		s.does(account(1), "map.delete", n)
		s.does(account(1), audit.MapPush, n, audit.Count{Name: "changes", N: 9}, audit.Count{Name: "deleted", N: 12}, audit.Count{Name: "ops", N: 40})
	}
	s.quiet(MassDeletion)
}

// TestMassSharing: links to all maps; a workshop.
func TestMassSharing(t *testing.T) {
	s := newScene(t, Config{})
	s.works(12, account(1))
	s.clock(10, 0)
	for n := range 40 {
		s.does(account(1), "map.link.make", n)
	}
	s.finds(MassSharing, figShared, 20)

	s = newScene(t, Config{})
	s.works(12, account(1))
	s.clock(10, 0)
	for n := range 7 {
		s.does(account(1), "map.invite", n)
	}
	s.quiet(MassSharing)
}

// TestPrivilegeRise: somebody who never did makes an operator; who manages people does.
func TestPrivilegeRise(t *testing.T) {
	s := newScene(t, Config{})
	s.works(25, account(1))
	s.clock(10, 0)
	s.see(audit.Event{Act: "people.operator", By: account(1).who, From: account(1).from, Session: "s1", On: audit.OfAccount(id.Account(account(1).who.ID))})
	s.finds(PrivilegeRise, figBefore, 0)

	s = newScene(t, Config{})
	for range 8 {
		s.works(3, account(1))
		s.clock(10, 0)
		s.alerts = nil
		s.does(account(1), "org.access.give", 1)
		s.at = s.at.AddDate(0, 0, 1)
	}
	s.quiet(PrivilegeRise)
}

// TestDormantAwake: after months; after a holiday of two weeks; and an account that is new.
func TestDormantAwake(t *testing.T) {
	s := newScene(t, Config{})
	s.works(5, account(1), account(2))
	s.works(60, account(2))
	s.clock(10, 0)
	s.in(account(1), true)
	s.finds(DormantAwake, figDays, 55)

	s.alerts = nil
	s.in(account(3), false) // never seen since the watch began
	s.finds(DormantAwake, figDays, 60)

	s = newScene(t, Config{})
	s.works(5, account(1), account(2))
	s.works(15, account(2))
	s.clock(10, 0)
	s.in(account(1), true)
	s.works(30, account(2))
	s.does(account(3), "account.create", 0)
	s.quiet(DormantAwake)
}

// TestUnusualHours: at three in the night; an hour later than usual, and a night shift.
func TestUnusualHours(t *testing.T) {
	s := newScene(t, Config{})
	s.works(26, account(1))
	s.clock(3, 0)
	s.does(account(1), "map.open", 1)
	s.finds(UnusualHours, figHour, 3)

	s = newScene(t, Config{})
	s.works(25, account(1))
	s.clock(17, 30)
	s.does(account(1), "map.open", 1)
	for range 10 {
		s.clock(22, 0)
		for range 7 {
			s.does(account(2), "map.open", 2)
			s.at = s.at.Add(time.Hour)
		}
	}
	s.quiet(UnusualHours)
}

// TestSettingsWeaken: by who never did; by who does so each week.
func TestSettingsWeaken(t *testing.T) {
	s := newScene(t, Config{})
	s.works(25, account(1))
	s.clock(10, 0)
	s.does(account(1), "site.signup.change", 0)
	s.finds(SettingsWeaken, figBefore, 0)

	s = newScene(t, Config{})
	for range 8 {
		s.works(3, account(1))
		s.clock(10, 0)
		s.does(account(1), "org.change", 0)
		s.at = s.at.AddDate(0, 0, 1)
	}
	s.quiet(SettingsWeaken)
}

// TestCountsToCome: what records do not say yet is used where they do.
func TestCountsToCome(t *testing.T) {
	play := func(act audit.Act, c ...audit.Count) float64 {
		s := newScene(t, Config{Settings: func(store.OrgID) Settings { return Settings{Sensitivity: 5} }})
		s.works(25, account(1))
		s.clock(10, 0)
		s.does(account(1), act, 0, c...)
		if len(s.alerts) == 0 {
			return 0
		}
		return s.alerts[len(s.alerts)-1].Score
	}
	if plain, weaker := play("org.change"), play("org.change", audit.Count{Name: "weaker", N: 1}); weaker <= plain {
		t.Errorf("weaker settings score %v, any change %v", weaker, plain)
	}
	if owner, viewer := play("org.access.give", audit.Count{Name: "role", N: 4}), play("org.access.give", audit.Count{Name: "role", N: 1}); viewer >= owner {
		t.Errorf("a viewer scores %v, an owner %v", viewer, owner)
	}
	if one, last := play("factor.code.remove"), play("factor.code.remove", audit.Count{Name: "last", N: 1}); last <= one {
		t.Errorf("the last factor scores %v, any %v", last, one)
	}

	s := newScene(t, Config{})
	s.works(12, account(1))
	s.clock(10, 0)
	for n := range 5 {
		s.does(account(1), "map.link.make", n)
	}
	s.quiet(MassSharing)
	for n := range 8 {
		s.does(account(1), "map.link.make", n, audit.Count{Name: "public", N: 1})
	}
	s.finds(MassSharing, figShared, 15)

	s = newScene(t, Config{})
	s.works(1, account(1))
	for range 12 {
		s.at = s.at.AddDate(0, 0, 1)
		s.does(account(1).from2("198.51.100.1", "sync", "d1", "token"), "map.read", 1, audit.Count{Name: "program", N: 1})
	}
	s.does(account(1).from2("203.0.113.9", "curl", "d1", "token"), "map.read", 1, audit.Count{Name: "program", N: 1})
	s.finds(SharedSession, figChanged, 1)
}

// TestAuditGap: records missing, told by a record or by their numbers; silence; no more
// checkpoints. A night when little happens is no gap.
func TestAuditGap(t *testing.T) {
	s := newScene(t, Config{})
	s.works(6, account(1))
	s.see(audit.Event{Act: audit.AuditGap, By: audit.Who{Kind: audit.Server}, Counts: []audit.Count{{Name: "records", N: 12}}})
	s.finds(AuditGap, figRecords, 12)

	s = newScene(t, Config{})
	s.works(1, account(1))
	s.seq += 5
	s.does(account(1), "map.open", 1)
	s.finds(AuditGap, figRecords, 5)

	s = newScene(t, Config{})
	s.works(6, account(1))
	s.quiet(AuditGap)
	if got := s.w.Tick(s.at.Add(5 * time.Minute).UnixMilli()); got != nil {
		t.Errorf("after five minutes: %+v", got)
	}
	got := s.w.Tick(s.at.Add(2 * time.Hour).UnixMilli())
	if len(got) != 1 || got[0].Kind != AuditGap || got[0].Figures[0].Name != figMinutes || got[0].At != s.at.Add(2*time.Hour).UnixMilli() {
		t.Errorf("after two hours: %+v", got)
	}
	if again := s.w.Tick(s.at.Add(121 * time.Minute).UnixMilli()); again != nil {
		t.Errorf("told again: %+v", again)
	}

	s = newScene(t, Config{})
	s.see(audit.Event{Act: audit.ServerStart, By: audit.Who{Kind: audit.Server}})
	s.w.Signed(s.at.UnixMilli())
	s.at = s.at.Add(3 * time.Hour)
	s.see(audit.Event{Act: audit.HealthRead, By: audit.Who{Kind: audit.Server}})
	s.alerts = s.w.Tick(s.at.Add(time.Second).UnixMilli())
	s.finds(AuditGap, figMinutes, 180)
}

// TestOpsRate: a program at a person's sign-in; somebody who types and drags fast, and a
// large paste.
func TestOpsRate(t *testing.T) {
	play := func(minutes, each int, changes uint64) *scene {
		s := newScene(t, Config{})
		s.works(6, account(1))
		s.clock(10, 0)
		for range minutes {
			for range each {
				s.at = s.at.Add(time.Minute / time.Duration(each))
				s.does(account(1), audit.MapPush, 1, audit.Count{Name: "changes", N: changes}, audit.Count{Name: "ops", N: changes * 2})
			}
		}
		return s
	}
	play(5, 60, 10).finds(OpsRate, figPerMinute, 300)
	play(30, 30, 2).quiet(OpsRate)
	play(1, 1, 1).quiet(OpsRate)
}
