package life

import (
	"net/netip"
)

// city is somewhere people live.
type city struct {
	country  string
	lat, lon float64
	zone     int // hours from UTC
}

var cities = []city{
	{"DE", 52.5, 13.4, 2}, {"DE", 48.1, 11.6, 2}, {"DE", 53.6, 10.0, 2}, {"AT", 48.2, 16.4, 2}, {"FR", 48.9, 2.3, 2}, {"GB", 51.5, -0.1, 1},
	{"PL", 52.2, 21.0, 2}, {"US", 40.7, -74.0, -4}, {"US", 37.8, -122.4, -7}, {"IN", 12.9, 77.6, 5}, {"BR", -23.5, -46.6, -3}, {"AU", -33.9, 151.2, 10},
}

// far are cities where none of the offices is.
const offices, far = 8, 8

// Sorts of networks, by the second number of an address.
const (
	office = 0
	home   = 60  // to 189
	mobile = 190 // few, shared by all phones of a city
	hotel  = 200 // to 219
	rented = 220 // computing centres, to 255
)

const firstCity = 20 // the first number of an address of city 0

func address(city, sort, third, last int) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(firstCity + city), byte(sort), byte(third), byte(last)})
}

// Where tells where an address is, as lists of addresses do: by the city.
func Where(a netip.Addr) (lat, lon float64, country string, ok bool) {
	i := int(a.Unmap().As4()[0]) - firstCity
	if !a.Unmap().Is4() || i < 0 || i >= len(cities) {
		return 0, 0, "", false
	}
	return cities[i].lat, cities[i].lon, cities[i].country, true
}

func (l *Life) homeNet(city int) netip.Addr {
	return address(city, l.between(home, mobile-1), l.r.IntN(256), l.between(1, 254))
}

func (l *Life) mobileNet(city int) netip.Addr {
	return address(city, mobile, l.r.IntN(10), l.between(1, 254))
}

func (l *Life) rentedNet(city int) netip.Addr {
	return address(city, l.between(rented, 255), l.r.IntN(256), l.between(1, 254))
}

var browsers = []string{
	"Firefox/148 Windows", "Chrome/160 Windows", "Chrome/160 macOS", "Safari/21 macOS", "Edge/160 Windows", "Firefox/148 Linux",
}

var phones = []string{"Safari/21 iPhone", "Chrome/160 Android", "Samsung/31 Android"}
